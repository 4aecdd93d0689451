/** An index of the test's own: answers what it is told to, and remembers what it was asked. */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TinyUpstream {
  readonly url: string
  /** Method, path and status of each request so far. */
  readonly asked: string[]
  readonly headers: IncomingMessage['headers'][]
  /** Answers by path; a function writes the whole answer itself. */
  readonly answers: Map<string, TinyAnswer>
  /** What every request gets while it is set. */
  down: ((request: IncomingMessage, response: ServerResponse) => void) | null
  close(): Promise<void>
}

export type TinyAnswer =
  | { readonly type: string; readonly body: string | Buffer }
  | ((request: IncomingMessage, response: ServerResponse) => void)

export async function startTinyUpstream(): Promise<TinyUpstream> {
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const answers = new Map<string, TinyAnswer>()
  const upstream = { asked, headers, answers, down: null as TinyUpstream['down'] }
  const server = createServer((request, response) => {
    headers.push(request.headers)
    response.on('finish', () => asked.push(`${request.method} ${request.url} ${response.statusCode}`))
    if (upstream.down !== null) return upstream.down(request, response)
    const answer = answers.get(request.url ?? '')
    if (answer === undefined) return void response.writeHead(404).end()
    if (typeof answer === 'function') return answer(request, response)
    const etag = `"${createHash('sha256').update(answer.body).digest('hex').slice(0, 16)}"`
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
    response.writeHead(200, { 'content-type': answer.type, etag }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(upstream, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const day = 24 * 60 * 60_000

/** A packument as npm's registry sends it; versions with their age in days. */
export function aPackument(
  name: string,
  ages: Readonly<Record<string, number>>,
  change: Readonly<Record<string, unknown>> = {},
  base = 'https://registry.example.org',
) {
  const versions = Object.keys(ages).map((version) => {
    const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
    const dist = {
      shasum: '0'.repeat(40),
      tarball: `${base}/${name}/-/${file}`,
      integrity: `sha512-${createHash('sha512').update(`${name}@${version}`).digest('base64')}`,
      signatures: [{ keyid: 'SHA256:key', sig: 'signature' }],
      attestations: { url: `${base}/-/npm/v1/attestations/${name}@${version}`, provenance: {} },
    }
    return [
      version,
      { name, version, _npmUser: { name: 'mona' }, scripts: { install: 'true' }, dist },
    ] as const
  })
  const at = (age: number) => new Date(Date.now() - age * day).toISOString()
  const time = Object.fromEntries(Object.entries(ages).map(([version, age]) => [version, at(age)] as const))
  const modified = at(Math.min(...Object.values(ages)))
  return {
    _id: name,
    _rev: '3-abc',
    name,
    'dist-tags': { latest: Object.keys(ages).at(-1), next: Object.keys(ages)[0] },
    versions: Object.fromEntries(versions),
    time: { created: at(1000), modified, ...time },
    readme: 'read me',
    _attachments: {},
    ...change,
  }
}

/** Puts a packument where npm asks for it. */
export function givePackument(
  upstream: TinyUpstream,
  name: string,
  ages: Readonly<Record<string, number>>,
  change: Readonly<Record<string, unknown>> = {},
) {
  const document = aPackument(name, ages, change, upstream.url)
  const path = `/${name.replace('/', '%2f')}`
  upstream.answers.set(path, { type: 'application/json', body: JSON.stringify(document) })
  return document
}
