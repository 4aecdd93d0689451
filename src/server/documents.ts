import { hash } from 'node:crypto'
import { exposuresOf } from '../catalog/exposure.ts'
import {
  type PackageViews,
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../catalog/package-views.ts'
import type { View } from '../catalog/view.ts'
import { bucketOf } from '../cohort/bucket.ts'
import type { Engine } from '../engine/engine.ts'
import type { PackageRecord, PackageStore } from '../ports/package-store.ts'
import { type PackageId, packageIdOf } from '../versions/release.ts'
import { type DocumentForm, linksOf, renderDocument } from './render-document.ts'

export interface DocumentRequest {
  readonly id: PackageId
  readonly form: DocumentForm
  readonly view: View
  /** Prefix of file URLs: empty, except under a nonce. */
  readonly filePrefix: string
}

/** A document as it goes over the wire. */
export interface WireDocument {
  readonly body: Buffer
  readonly contentType: string
  /** Strong: the hash of the bytes, so it differs whenever the view makes a difference. */
  readonly etag: string
}

/**
 * Index documents, rendered once for each thing that can be seen: the few views of a package are kept,
 * not its clients. `read` answers at once when the bytes are there.
 */
export interface Documents {
  /** Null when there is no such package, or the view shows nothing of it. */
  read(request: DocumentRequest): WireDocument | null | Promise<WireDocument | null>
  /** The package and what a view shows of it; null when there is no such package. */
  open(id: PackageId, view: View): Promise<{ pkg: PackageRecord; visibility: Visibility } | null>
  /** To be called after each change of a package's record. */
  changed(id: PackageId): void
}

interface Entry {
  views: PackageViews
  readonly wire: Map<string, WireDocument>
  /** What the entry costs, rendered bytes and a guess for the record. */
  bytes: number
  /** Set when a rollout of the package changed: what can be seen has to be looked at again. */
  stale: boolean
}

/** A guess of what a version's record takes in memory. */
const versionBytes = 1000

const bucket = (salt: string, key: string) => bucketOf((text) => hash('sha256', text, 'buffer'), salt, key)

/** Keeps rendered documents up to a number of bytes; the packages that came first go first. */
export function createDocuments(parts: {
  readonly engine: Pick<Engine, 'rolloutsOf' | 'onChange'>
  readonly packages: PackageStore
  readonly publicUrl: string
  readonly cacheBytes: number
}): Documents {
  const cache = createEntryCache(parts)
  const render = (entry: Entry, request: DocumentRequest): WireDocument | null => {
    const { pkg } = entry.views
    const delta = viewDelta(entry.views, request.view, bucket)
    const key = `${request.form} ${delta.key}`
    const known = request.filePrefix === '' ? entry.wire.get(key) : undefined
    if (known !== undefined) return known
    const links = linksOf(pkg, parts.publicUrl, request.filePrefix)
    const rendered = renderDocument(pkg, request.form, visibilityOf(entry.views, delta), links)
    if (rendered === null) return null
    const body = Buffer.from(rendered.body)
    const etag = `"${hash('sha256', body, 'base64url')}"`
    const document = { body, contentType: rendered.contentType, etag }
    // Documents under a nonce are for one throw-away run and not worth keeping.
    if (request.filePrefix === '') cache.keep(request.id, entry, key, document)
    return document
  }
  return {
    read: (request) => {
      const entry = cache.known(request.id)
      if (entry !== undefined) return render(entry, request)
      return cache.load(request.id).then((loaded) => loaded && render(loaded, request))
    },
    open: async (id, view) => {
      const entry = await cache.load(id)
      if (entry === null) return null
      const visibility = visibilityOf(entry.views, viewDelta(entry.views, view, bucket))
      return { pkg: entry.views.pkg, visibility }
    },
    changed: cache.changed,
  }
}

function createEntryCache(parts: {
  readonly engine: Pick<Engine, 'rolloutsOf' | 'onChange'>
  readonly packages: PackageStore
  readonly cacheBytes: number
}) {
  const entries = new Map<PackageId, Entry>()
  let total = 0
  let generation = 0
  const viewsOf = (pkg: PackageRecord) =>
    packageViews(pkg, exposuresOf(pkg.id, parts.engine.rolloutsOf(pkg.id)))
  const grow = (id: PackageId, entry: Entry, bytes: number): void => {
    entry.bytes += bytes
    total += bytes
    for (const oldest of entries.keys()) {
      if (total <= parts.cacheBytes) break
      if (oldest !== id) drop(oldest)
    }
  }
  const drop = (id: PackageId): void => {
    total -= entries.get(id)?.bytes ?? 0
    entries.delete(id)
  }
  const known = (id: PackageId): Entry | undefined => {
    const entry = entries.get(id)
    if (entry?.stale) total -= refresh(entry, viewsOf(entry.views.stored))
    return entry
  }
  const load = async (id: PackageId): Promise<Entry | null> => {
    for (;;) {
      const entry = known(id)
      if (entry) return entry
      const before = generation
      const record = await parts.packages.get(id)
      // Somebody changed a package while this one was read: read again rather than keep an old one.
      if (before !== generation) continue
      if (record === null) return null
      // Another request may have come first while this one read; a second entry would be counted twice.
      const other = known(id)
      if (other) return other
      const fresh: Entry = { views: viewsOf(record), wire: new Map(), bytes: 0, stale: false }
      entries.set(id, fresh)
      grow(id, fresh, versionBytes * Object.keys(record.versions).length)
      return fresh
    }
  }
  const keep = (id: PackageId, entry: Entry, key: string, document: WireDocument): void => {
    if (entries.get(id) !== entry) return
    entry.wire.set(key, document)
    grow(id, entry, document.body.length)
  }
  parts.engine.onChange(({ state }) => {
    for (const { candidate } of state.members) {
      const entry = entries.get(packageIdOf(candidate))
      if (entry) entry.stale = true
    }
  })
  const changed = (id: PackageId): void => {
    generation += 1
    drop(id)
  }
  return { known, load, keep, changed }
}

/**
 * Takes new views into an entry; the record is not read again. Documents stay when nothing that can be seen
 * has changed, as with most evidence. Gives the bytes that were let go.
 */
function refresh(entry: Entry, views: PackageViews): number {
  entry.stale = false
  const same = seenBy(entry.views) === seenBy(views)
  entry.views = views
  if (same) return 0
  const freed = [...entry.wire.values()].reduce((sum, { body }) => sum + body.length, 0)
  entry.wire.clear()
  entry.bytes -= freed
  return freed
}

function seenBy({ exposures }: PackageViews): string {
  return JSON.stringify(exposures.map((exposure) => ({ ...exposure, groupKeys: [...exposure.groupKeys] })))
}
