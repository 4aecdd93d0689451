import { isMapping } from '../catalog/mapping.ts'
import type { CachedDocument, Overlay } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { OverlayParts } from './overlay-parts.ts'
import type { UpstreamCounter } from './upstream-counter.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

type Passed = Readonly<Record<string, unknown>>

/**
 * Documents of an upstream beside those of packages, such as attestations and keys: asked for each time, kept, and given
 * as they were last while the upstream gives none. What is no JSON object, as a page to sign in at, is no answer.
 */
export function createPassedDocuments(
  parts: OverlayParts,
  counter: UpstreamCounter,
  isTaken: (id: PackageId) => Promise<boolean>,
): Overlay['pass'] {
  const { cache, clients, clock, limits, settings } = parts
  return async (ecosystem, path, words) => {
    const upstream = settings.upstreams[ecosystem]
    const client = clients[ecosystem]
    if (upstream === undefined || client === undefined) return null
    for (const word of words ?? []) {
      const name = /^@[^/]+$/.test(word) ? `${word}/x` : word
      if (!(await isTaken(`${ecosystem}:${name}`))) return null
    }
    const key = `passed ${ecosystem} ${path}`
    const answer = await client.get({
      url: `${upstream.url}${path}`,
      headers: { accept: 'application/json' },
      limitBytes: limits.documentBytes,
    })
    const read = answer.kind === 'ok' ? readJson(answer.body) : null
    counter.request(ecosystem, answer.kind === 'ok' && read === null ? 'failed' : answer.kind)
    if (answer.kind === 'ok' && read !== null) {
      const { body, url } = answer
      const plain = {
        etag: null,
        lastModified: null,
        contentType: 'application/json',
        fetchedAt: clock.now(),
      }
      if (words === undefined) await cache.put(key, { url, body, ...plain })
      return read
    }
    const kept = words === undefined ? keptIn(await cache.get(key)) : null
    if (kept !== null || answer.kind === 'refused' || answer.kind === 'not-modified') return kept
    const why = answer.kind === 'failed' ? answer.why : 'it sent something else than a JSON object'
    throw new UpstreamUnavailable(`The upstream gives no answer: ${why}.`)
  }
}

const keptIn = (document: CachedDocument | null) => (document === null ? null : readJson(document.body))

function readJson(body: Uint8Array): Passed | null {
  try {
    const document: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return isMapping(document) ? document : null
  } catch {
    return null
  }
}
