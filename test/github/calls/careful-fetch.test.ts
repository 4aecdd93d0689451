import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { carefulFetch } from '../../../src/github/calls/careful-fetch.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
interface Seen {
  readonly asked: string
  readonly body: string
  readonly authorization: string | undefined
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A host that answers so, and what it was asked. */
async function host(answer: Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { authorization } = request.headers
    seen.push({
      asked: `${request.method} ${request.url}`,
      body: Buffer.concat(chunks).toString(),
      authorization,
    })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const careful = carefulFetch(5_000)
const post = { method: 'POST', body: '{"title":"x"}', headers: { authorization: 'token t' } }
const get = { headers: { authorization: 'token t' } }
const json = { 'content-type': 'application/json' }

describe('where an answer leads elsewhere', () => {
  it.each([301, 302, 303, 307, 308])('a write goes on as it was on the same host (%i)', async (status) => {
    const { url, seen } = await host((request, response) => {
      if (request.url === '/new') response.writeHead(201, json).end('{"number":1}')
      else response.writeHead(status, { location: '/new' }).end()
    })
    const answer = await careful(`${url}/old`, post)
    expect([answer.status, await answer.json()]).toEqual([201, { number: 1 }])
    expect(seen.at(-1)).toEqual({ asked: 'POST /new', body: post.body, authorization: 'token t' })
  })

  it('a write goes nowhere else, and a read without the credential', async () => {
    const other = await host((_, response) => response.writeHead(200, json).end('[]'))
    const { url } = await host((_, response) => response.writeHead(301, { location: other.url }).end())
    expect((await careful(`${url}/issues`, post)).status).toBe(502)
    expect(other.seen).toEqual([])
    expect((await careful(`${url}/archive`, get)).status).toBe(200)
    expect(other.seen).toEqual([{ asked: 'GET /', body: '', authorization: undefined }])
  })

  it('a circle ends', async () => {
    const { url, seen } = await host((_, response) => response.writeHead(302, { location: '/again' }).end())
    expect((await careful(url, get)).status).toBe(502)
    expect(seen.length).toBeLessThan(10)
  })
})

describe('what is no answer is a 502', () => {
  it.each<[string, Answer]>([
    [
      'an answer that is cut',
      (request, response) => {
        response.writeHead(200, { ...json, 'content-length': '100' })
        response.write('[{"number":', () => request.socket.destroy())
      },
    ],
    ['JSON that does not end', (_, response) => response.writeHead(200, json).end('[{"number":1}')],
    [
      'a page to sign in at',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<form>'),
    ],
  ])('%s', async (_, answer) => {
    const { url } = await host(answer)
    expect((await careful(url, get)).status).toBe(502)
  })
})

it.each<[number, string, Record<string, string>]>([
  [200, '[]', json],
  [204, '', {}],
  [404, '{"message":"Not Found"}', json],
  [503, '<h1>Unicorn</h1>', { 'content-type': 'text/html' }],
  [200, 'PK', { 'content-type': 'application/zip' }],
])('%i with %j comes as it is', async (status, text, headers) => {
  const { url } = await host((_, response) => response.writeHead(status, headers).end(text))
  const answer = await careful(url, get)
  expect([answer.status, await answer.text()]).toEqual([status, text])
})
