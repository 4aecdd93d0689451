import { createHash } from 'node:crypto'
import type { OverlaidBytes, Overlay } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { ecosystemOfId } from './fetch-package.ts'
import type { OverlayParts } from './overlay-parts.ts'
import type { UpstreamCounter } from './upstream-counter.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/**
 * Files of other indexes: the address where clients find them or, with `files: proxy`, the bytes: fetched once,
 * compared with the digest that the document gives, and kept with the hosted files.
 */
export function createProxiedFiles(parts: OverlayParts, counter: UpstreamCounter): Overlay['file'] {
  const flights = new Map<string, Promise<OverlaidBytes | null>>()
  return async (id, file, part) => {
    if (part === 'metadata' && file.metadataDigest === null) return null
    const url = part === 'metadata' ? metadataUrl(file.url) : file.url
    const digest = (part === 'metadata' ? file.metadataDigest : file.digest) || null
    if (parts.settings.files !== 'proxy') {
      if (part !== 'inside') return { kind: 'redirect', url }
      const key = `file ${id} ${file.name} file ${digest ?? ''}`
      const bytes = await fetched(parts, counter, { id, key, url, digest, undecoded: true })
      return bytes === null
        ? null
        : { kind: 'bytes', sha256: createHash('sha256').update(bytes).digest('hex'), bytes }
    }
    const key = `file ${id} ${file.name} ${part === 'inside' ? 'file' : part} ${digest ?? ''}`
    const flight = flights.get(key)
    if (flight !== undefined) return flight
    // A metadata file is text, which may come packed; an archive is what its digest is of.
    const undecoded = part !== 'metadata'
    const mine = proxied(parts, counter, { id, key, url, digest, undecoded }).finally(() =>
      flights.delete(key),
    )
    flights.set(key, mine)
    return mine
  }
}

interface WantedFile {
  readonly id: PackageId
  readonly key: string
  readonly url: string
  readonly digest: string | null
  readonly undecoded: boolean
}

async function proxied(
  parts: OverlayParts,
  counter: UpstreamCounter,
  wanted: WantedFile,
): Promise<OverlaidBytes | null> {
  const { key, url } = wanted
  const kept = await parts.cache.get(key)
  const known = kept === null ? null : Buffer.from(kept.body).toString('latin1')
  const keptBytes = known === null ? null : await parts.blobs.get(known)
  if (known !== null && keptBytes !== null) return { kind: 'bytes', sha256: known, bytes: keptBytes }
  const bytes = await fetched(parts, counter, wanted)
  if (bytes === null) return null
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await parts.blobs.put(sha256, bytes)
  const plain = {
    url,
    etag: null,
    lastModified: null,
    contentType: 'text/plain',
    fetchedAt: parts.clock.now(),
  }
  await parts.cache.put(key, { ...plain, body: Buffer.from(sha256) })
  return { kind: 'bytes', sha256, bytes }
}

/** The bytes as the upstream sends them, with the digest that its document gives; null where it refuses. */
async function fetched(
  parts: OverlayParts,
  counter: UpstreamCounter,
  { id, url, digest, undecoded }: WantedFile,
): Promise<Uint8Array | null> {
  const ecosystem = ecosystemOfId(id)
  const limitBytes = parts.limits.fileBytes
  const answer = await parts.clients[ecosystem]?.get({ url, headers: {}, limitBytes, undecoded })
  counter.request(ecosystem, answer?.kind ?? 'refused')
  if (answer === undefined || answer.kind === 'refused' || answer.kind === 'not-modified') return null
  if (answer.kind === 'failed') throw new UpstreamUnavailable(`${url} cannot be fetched: ${answer.why}.`)
  if (digest !== null && !hasDigest(answer.body, digest)) {
    throw new UpstreamUnavailable(`${url} does not have the digest ${digest} that its index gives.`)
  }
  return answer.body
}

const algorithms = ['sha512', 'sha384', 'sha256', 'sha1', 'md5']

/** Whether bytes have a digest written as `sha256:<hex>` or as subresource integrity (several, the best counts). */
export function hasDigest(bytes: Uint8Array, digest: string): boolean {
  const known = digest.split(/\s+/).flatMap((word) => {
    const [, algorithm = '', mark, value = ''] = /^([a-z0-9]+)([-:])([^?]+)/.exec(word) ?? []
    return algorithms.includes(algorithm)
      ? [{ algorithm, value, encoding: mark === ':' ? 'hex' : 'base64' } as const]
      : []
  })
  const best = algorithms.find((algorithm) => known.some((one) => one.algorithm === algorithm))
  const wanted = known.filter(({ algorithm }) => algorithm === best)
  return wanted.some(
    ({ algorithm, value, encoding }) => createHash(algorithm).update(bytes).digest(encoding) === value.trim(),
  )
}

/** PEP 658: `.metadata` follows the file's name, before any query. */
export function metadataUrl(url: string): string {
  const address = new URL(url)
  address.pathname = `${address.pathname}.metadata`
  return address.href
}
