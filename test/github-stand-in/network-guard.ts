import { createServer, type Server } from 'node:http'

/** The only way out of the runner, and it is shut: a proxy that refuses everything and remembers what was asked. */
export interface NetworkGuard {
  readonly url: string
  /** Addresses outside the machine that a workflow's programs tried to reach. */
  readonly attempts: readonly string[]
  close(): Promise<void>
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the guard has no port')
  return `http://127.0.0.1:${address.port}`
}

export async function startNetworkGuard(): Promise<NetworkGuard> {
  const attempts: string[] = []
  const server = createServer((request, response) => {
    attempts.push(request.url ?? '')
    response.writeHead(403, { 'content-type': 'text/plain' })
    response.end('the stand-in has no way out of this machine\n')
  })
  server.on('connect', (request, socket) => {
    attempts.push(request.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  })
  const url = await listening(server)
  return {
    url,
    attempts,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
