import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createBodyBudget } from '../../../src/server/http/body-budget.ts'
import { guardBody } from '../../../src/server/http/guard-body.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const limits = { uploadBytesPerSecond: 0, uploadWindowMs: 10_000 }

/** A server that reads each body and says how long it was; its budget is 10 MB. */
async function serve() {
  const budget = createBodyBudget(10_000_000)
  const server = createServer(async (request, response) => {
    const streamed = request.url === '/streamed'
    if (!guardBody(request, response, 100_000_000, { limits, budget, streamed })) return
    let length = 0
    try {
      for await (const chunk of request) length += chunk.length
      response.end(String(length))
    } catch {
      // The client went away, as most of these do.
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, budget }
}

/** Sends the head of a request and nothing of its body; what is answered. */
function begin(port: number, path: string, head: string) {
  const socket = connect(port, '127.0.0.1')
  socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n`)
  closers.push(() => socket.destroy())
  const answer = once(socket, 'data').then(([data]) => String(data))
  return { socket, answer }
}

describe('the budget of unfinished bodies', () => {
  it('turns away what has no room, before reading, and has room again when others are through', async () => {
    const { port, budget } = await serve()
    const held = [begin(port, '/', 'content-length: 6000000'), begin(port, '/', 'content-length: 3000000')]
    await expect.poll(() => budget.figures().used).toBe(9_000_000)
    const answer = await begin(port, '/', 'content-length: 5000000').answer
    expect(answer).toMatch(/^HTTP\/1\.1 503 /)
    expect(answer.toLowerCase()).toContain('retry-after: 2')
    expect(answer).toContain('Too many bodies are on their way in')
    for (const { socket } of held) socket.destroy()
    await expect.poll(() => budget.figures().used).toBe(0)
    const whole = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(5000) })
    expect(await whole.text()).toBe('5000')
    expect(budget.figures()).toEqual({ used: 0, most: 10_000_000, refused: 1 })
  })

  it('counts a body of unknown length as it comes', async () => {
    const { port, budget } = await serve()
    begin(port, '/', 'content-length: 8000000')
    await expect.poll(() => budget.figures().used).toBe(8_000_000)
    const { socket, answer } = begin(port, '/', 'transfer-encoding: chunked')
    const piece = Buffer.alloc(500_000, 120)
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    socket.on('error', () => {})
    for (let sent = 0; sent < 10; sent += 1) socket.write(chunk)
    expect(await answer).toMatch(/^HTTP\/1\.1 503 /)
  })

  it('lets many uploads in that go to the disk', async () => {
    const { port, budget } = await serve()
    const uploads = Array.from({ length: 20 }, () => begin(port, '/streamed', 'content-length: 90000000'))
    await expect.poll(() => budget.figures().used).toBeGreaterThan(5_000_000)
    expect(uploads).toHaveLength(20)
    expect(budget.figures().refused).toBe(0)
  })

  it('always has room for one body alone', async () => {
    const { port } = await serve()
    const body = 'x'.repeat(11_000_000)
    expect(await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })).text()).toBe('11000000')
  })
})
