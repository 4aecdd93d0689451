import { hash } from 'node:crypto'
import type { VersionTexts } from '../../catalog/hosted/packument.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { Rendered } from '../../catalog/rendered.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import {
  type PackageViews,
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../catalog/views/package-views.ts'
import type { View } from '../../catalog/views/view.ts'
import { bucketOf } from '../../cohort/bucket.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord, PackageStore } from '../../ports/package-store.ts'
import type { Overlaid, Overlay } from '../../ports/upstream.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import { bodyBytes } from '../http/body-bytes.ts'
import { createDocumentEntries, type Entry, type WireDocument } from './document-entries.ts'
import { createDocumentPacker, type DocumentPacker } from './pack-document.ts'
import { remember } from './remember.ts'
import { type DocumentForm, linksOf, renderDocument } from './render-document.ts'
import { type FileAddresses, overlaidLinks, renderOverlaid } from './render-overlaid.ts'
import type { ShareMeter } from './share-meter.ts'

export interface DocumentRequest extends FileAddresses {
  /** Whose view was not chosen by an address; `files`: of a client that is counted by the files it takes. */
  readonly measured?: 'documents' | 'files'
  readonly id: PackageId
  readonly form: DocumentForm
  readonly view: View
}

/** A package and what a view shows of it. */
export interface OpenedPackage {
  readonly pkg: PackageRecord
  /** Null for what is hosted here. */
  readonly overlaid: OverlaidPackage | null
  /** What all views share. */
  readonly views: PackageViews
  readonly visibility: Visibility
}

/**
 * Index documents, rendered once for each thing that can be seen: the few views of a package are kept,
 * not its clients. `read` answers at once when the bytes are there. Packages that are not hosted here come from
 * the overlay; both reject with `UpstreamUnavailable` when that has no answer.
 */
export interface Documents {
  /** Null when there is no such package, or the view shows nothing of it. */
  read(request: DocumentRequest): WireDocument | null | Promise<WireDocument | null>
  /** The bucket of a view's key in each live rollout of a package that is open: `ro-…=1234/500`, as people ask for it. */
  buckets(id: PackageId, view: View): string
  /** The package and what a view shows of it; null when there is no such package. */
  open(id: PackageId, view: View): Promise<OpenedPackage | null>
  /** To be called after each change of a package's record; resolves when everybody who needs to knows. */
  changed(id: PackageId): void | Promise<void>
}

/** Shorter documents are rendered anew in less than a millisecond; keeping their texts would double their room. */
const longDocumentBytes = 256 * 1024

/** Clients come again, and the hash is half of what Slipway itself adds to a small document. */
const sha256 = remember(20_000, (text) => hash('sha256', text, 'buffer'))

const bucket = (salt: string, key: string) => bucketOf(sha256, salt, key)

/** Keeps rendered documents up to a number of bytes; the packages that came first go first. */
export function createDocuments(parts: DocumentParts): Documents {
  const cache = createEntryCache(parts)
  const packer = createDocumentPacker(parts.cacheBytes / 4)
  const viewOf = ({ overlaid }: Entry, view: View): View =>
    overlaid === null ? view : overlaidView(view, parts.anonymousOverlaid)
  const render = (entry: Entry, request: DocumentRequest): WireDocument | null => {
    const delta = viewDelta(entry.views, viewOf(entry, request.view), bucket)
    if (request.measured !== undefined)
      parts.meter?.count(entry.views, delta, request.measured === 'documents')
    const key = `${request.form} ${delta.key}${request.below ? ' below' : ''}`
    const known = request.filePrefix === '' ? entry.wire.get(key) : undefined
    if (known !== undefined) return known
    const texts: VersionTexts = (request.filePrefix === '' && entry.texts.get(request.form)) || new Map()
    const rendered = renderEntry(parts, entry, request, visibilityOf(entry.views, delta), texts)
    if (rendered === null) return null
    const document = wireDocument(rendered, delta.viewId, packer)
    // Documents under a nonce are for one throw-away run and not worth keeping.
    if (request.filePrefix === '') {
      cache.keep(request.id, entry, key, document)
      if (document.body.length >= longDocumentBytes) cache.keepTexts(request.id, entry, request.form, texts)
    }
    return document
  }
  const answer = (entry: Entry, request: DocumentRequest): WireDocument | null => {
    const document = render(entry, request)
    if (document === null || !entry.unconfirmed) return document
    parts.overlay?.countStale()
    return { ...document, stale: true }
  }
  return {
    read: (request) => {
      const entry = cache.known(request.id)
      if (entry !== undefined) return answer(entry, request)
      return cache.load(request.id).then((loaded) => loaded && answer(loaded, request))
    },
    open: async (id, view) => {
      const entry = await cache.load(id)
      if (entry === null) return null
      const visibility = visibilityOf(entry.views, viewDelta(entry.views, viewOf(entry, view), bucket))
      return { pkg: entry.views.pkg, overlaid: entry.overlaid, views: entry.views, visibility }
    },
    buckets: (id, view) => {
      const entry = cache.known(id)
      const seen = entry === undefined ? view : viewOf(entry, view)
      const key = seen.kind === 'cohort' || seen.kind === 'channel' ? seen.key : null
      if (entry === undefined || key === null) return 'none'
      const { live } = entry.views
      const told = live.map(
        ({ rollout, salt, basisPoints }) => `${rollout}=${bucket(salt, key)}/${basisPoints}`,
      )
      return told.slice(0, mostBuckets).join(', ') || 'none'
    },
    changed: cache.changed,
  }
}

/** So many fit into a header that every client takes. */
const mostBuckets = 50

function wireDocument(rendered: Rendered, viewId: string | null, packer: DocumentPacker): WireDocument {
  const { body, partEnds } = bodyBytes(rendered)
  let packed: Buffer | Promise<Buffer> | null = null
  return {
    body,
    contentType: rendered.contentType,
    etag: `"${hash('sha256', body, 'base64url')}"`,
    viewId,
    gzip: () => {
      packed ??= packer.pack({ body, partEnds })
      if (packed instanceof Promise)
        packed.then(
          (made) => (packed = made),
          () => (packed = null),
        )
      return packed
    },
  }
}

interface DocumentParts {
  readonly engine: Pick<RolloutReader, 'rolloutsOf' | 'onChange'>
  readonly packages: PackageStore
  readonly overlay: Overlay | null
  readonly anonymousOverlaid: 'stable' | 'address'
  readonly publicUrl: string
  readonly cacheBytes: number
  /** Counts what who does not pin is shown; absent: nobody does. */
  readonly meter?: Pick<ShareMeter, 'count'>
}

function renderEntry(
  { overlay, publicUrl }: DocumentParts,
  { overlaid, views: { pkg } }: Entry,
  request: DocumentRequest,
  visibility: Visibility,
  texts: VersionTexts,
): Rendered | null {
  if (overlaid === null || overlay === null) {
    return renderDocument(pkg, request.form, visibility, linksOf(pkg, publicUrl, request.filePrefix), texts)
  }
  return renderOverlaid(
    overlaid,
    request.form,
    visibility,
    overlaidLinks(overlaid, overlay.files, publicUrl, request),
  )
}

/**
 * Packages of other indexes have no publishers here, so there is nobody who needs the stored document; and who
 * comes without a key sees only full releases of them, unless the operator wants it otherwise.
 */
function overlaidView(view: View, anonymous: 'stable' | 'address'): View {
  if (view.kind === 'source') return { kind: 'stable' }
  if (anonymous !== 'stable' || (view.kind !== 'cohort' && view.kind !== 'channel')) return view
  if (view.key?.startsWith('net:') !== true) return view
  return view.kind === 'cohort' ? { kind: 'stable' } : { ...view, key: null }
}

function createEntryCache(parts: DocumentParts) {
  const entries = createDocumentEntries(parts.cacheBytes)
  let generation = 0
  const known = (id: PackageId): Entry | undefined => {
    const entry = entries.get(id)
    if (entry?.overlaid && !isCurrent(parts.overlay, id, entry)) {
      entries.drop(id)
      return undefined
    }
    if (entry?.stale) entries.refresh(entry, viewsOf(parts, entry.views.stored))
    return entry
  }
  const load = async (id: PackageId): Promise<Entry | null> => {
    for (;;) {
      const entry = known(id)
      if (entry) return entry
      const before = generation
      const { record, overlaid } = await readPackage(parts, id)
      // Somebody changed a package while this one was read: read again rather than keep an old one.
      if (before !== generation) continue
      if (record === null) return null
      // Another request may have come first while this one read; a second entry would be counted twice.
      const other = known(id)
      if (other) return other
      const fresh = newEntry(viewsOf(parts, record), overlaid)
      entries.add(id, fresh)
      return fresh
    }
  }
  parts.engine.onChange(({ state }) => {
    for (const { candidate } of state.members) {
      const entry = entries.get(packageIdOf(candidate))
      if (entry) entry.stale = true
    }
  })
  const changed = (id: PackageId): void => {
    generation += 1
    // A long one is read again behind its publisher. Where that fails, its next reader reads it and hears why.
    if (entries.dropButTexts(id)) load(id).catch(() => entries.drop(id))
  }
  return { known, load, keep: entries.keep, keepTexts: entries.keepTexts, changed }
}

function viewsOf({ engine }: DocumentParts, pkg: PackageRecord): PackageViews {
  return packageViews(pkg, exposuresOf(pkg.id, engine.rolloutsOf(pkg.id)))
}

/** What is hosted here goes before what other indexes have. */
async function readPackage({ packages, overlay }: DocumentParts, id: PackageId) {
  const hosted = await packages.get(id)
  const overlaid = hosted === null ? ((await overlay?.open(id)) ?? null) : null
  return { record: hosted ?? overlaid?.package.record ?? null, overlaid }
}

function newEntry(views: PackageViews, overlaid: Overlaid | null): Entry {
  const of = { overlaid: overlaid?.package ?? null, unconfirmed: overlaid?.stale ?? false }
  return { views, ...of, wire: new Map(), texts: new Map(), bytes: 0, stale: false }
}

/** Whether the overlay still has the same reading of the package; notes whether it is confirmed. */
function isCurrent(overlay: Overlay | null, id: PackageId, entry: Entry): boolean {
  const now = overlay?.peek(id) ?? null
  if (now?.package !== entry.overlaid) return false
  entry.unconfirmed = now?.stale ?? true
  return true
}
