/** An HTTP server on a free loopback port that records what it is asked. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes and text are sent as they are, anything else as JSON. */
  readonly body?: unknown
}

export interface Loopback {
  readonly url: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

/** Starts a server; `answer` gives undefined for 404. */
export async function loopback(
  answer: (asked: Asked, url: string) => Reply | undefined | Promise<Reply | undefined>,
): Promise<Loopback> {
  const asked: Asked[] = []
  let url = ''
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    }
    asked.push(one)
    const reply = (await answer(one, url)) ?? { status: 404, body: { title: 'Not found' } }
    const plain = typeof reply.body === 'string' || Buffer.isBuffer(reply.body)
    response.writeHead(reply.status ?? 200, {
      ...(plain ? {} : { 'content-type': 'application/json' }),
      ...reply.headers,
    })
    response.end(plain ? reply.body : JSON.stringify(reply.body ?? null))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  return {
    url,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
