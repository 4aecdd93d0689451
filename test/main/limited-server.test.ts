import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { limitsOf } from '../../src/config/server/limits.ts'
import { limitedServer } from '../../src/main/limited-server.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

it('keeps connections for longer than load balancers do, and says how long', async () => {
  const server = limitedServer(limitsOf(), log, (_request, response) => void response.end('here'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const head = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: index\r\n\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
  })
  server.close()
  const seconds = Number(/keep-alive: timeout=(\d+)/i.exec(head)?.[1])
  // Balancers of the large providers keep a connection for 60 seconds; whoever closes first loses a request.
  expect(seconds).toBeGreaterThan(65)
})
