/**
 * The least that Node can do for the same bytes: `node:http`, one lookup, one SHA-256 as the cohort costs,
 * the headers that Slipway sends. Documents come as JSON lines on stdin, which ends the list by closing.
 */
import { hash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

/** One answer: its path, headers and the file with its bytes. */
export interface BareDocument {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const documents = new Map<
  string,
  { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
>()
for await (const line of createInterface({ input: process.stdin })) {
  const { path, headers, body }: BareDocument = JSON.parse(line)
  documents.set(path, { headers, body: Buffer.from(body, 'base64') })
}
const server = createServer((request, response) => {
  const url = request.url ?? ''
  // A key in front, as in `/as/<key>/npm/name`, belongs to who asks and not to the document.
  const rest = url.startsWith('/as/') ? url.slice(url.indexOf('/', 4)) : url
  hash('sha256', `v1\0salt\0${url}`, 'buffer')
  const document = documents.get(rest)
  if (document === undefined) response.writeHead(404).end()
  else response.writeHead(200, document.headers).end(document.body)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
