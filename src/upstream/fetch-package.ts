import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { CachedDocument } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import type { OverlayParts } from './overlay-parts.ts'
import { readAside } from './read-aside.ts'
import type { UpstreamCounter } from './upstream-counter.ts'

/** What asking an upstream for one package came to. */
export type FetchedPackage =
  | {
      readonly kind: 'new'
      readonly package: OverlaidPackage
      /** As it came, not kept yet. */
      readonly document: CachedDocument
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly why: string }

/** What lets an upstream answer "unchanged". */
export type Validators = Pick<CachedDocument, 'etag' | 'lastModified'>

const acceptOf: Readonly<Record<Ecosystem, string>> = {
  npm: 'application/json',
  pypi: 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1',
}

/** Asks for a package's document and reads it; what is not sound is a failure. */
export async function fetchPackage(
  parts: Pick<OverlayParts, 'settings' | 'clients' | 'clock' | 'limits'>,
  counter: UpstreamCounter,
  id: PackageId,
  validators: Validators | null,
): Promise<FetchedPackage> {
  const ecosystem = ecosystemOfId(id)
  const client = parts.clients[ecosystem]
  const url = documentUrl(parts, id)
  if (client === undefined || url === null) return { kind: 'refused', status: 404 }
  const answer = await client.get({
    url,
    limitBytes: parts.limits.documentBytes,
    headers: { accept: acceptOf[ecosystem], ...revalidate, ...conditions(validators) },
  })
  if (answer.kind === 'ok') {
    const document: CachedDocument = {
      url: answer.url,
      etag: answer.headers.get('etag'),
      lastModified: answer.headers.get('last-modified'),
      contentType: answer.headers.get('content-type') ?? '',
      fetchedAt: parts.clock.now(),
      body: answer.body,
    }
    const read = await readAside(id, document)
    counter.request(ecosystem, read.ok ? 'ok' : 'failed')
    if (!read.ok) return { kind: 'failed', why: read.why }
    return { kind: 'new', package: read.value, document }
  }
  counter.request(ecosystem, answer.kind)
  return answer.kind === 'not-modified' ? { kind: 'unchanged' } : answer
}

/**
 * Express, and with it many registries, never answers "unchanged" to `no-cache`, which `fetch` adds by itself
 * to conditional requests unless a header says otherwise.
 */
const revalidate = { 'cache-control': 'max-age=0' }

/** Both are sent: some indexes know only dates. What we answer to our own clients never rests on a date. */
function conditions(validators: Validators | null): Readonly<Record<string, string>> {
  return {
    ...(validators?.etag != null && { 'if-none-match': validators.etag }),
    ...(validators?.lastModified != null && { 'if-modified-since': validators.lastModified }),
  }
}

/** Where an upstream has the document of a package; null when there is no upstream for it. */
export function documentUrl(parts: Pick<OverlayParts, 'settings'>, id: PackageId): string | null {
  const ecosystem = ecosystemOfId(id)
  const upstream = parts.settings.upstreams[ecosystem]
  if (upstream === undefined) return null
  const name = id.slice(ecosystem.length + 1)
  return ecosystem === 'npm' ? `${upstream.url}/${name.replace('/', '%2f')}` : `${upstream.url}/${name}/`
}

export function ecosystemOfId(id: PackageId): Ecosystem {
  return id.startsWith('npm:') ? 'npm' : 'pypi'
}
