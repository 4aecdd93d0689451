import type { VersionTexts } from '../../catalog/hosted/packument.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { PackageViews } from '../../catalog/views/package-views.ts'
import type { PackageId } from '../../versions/release.ts'
import type { DocumentForm } from './render-document.ts'

/** A document as it goes over the wire. */
export interface WireDocument {
  readonly body: Buffer
  readonly contentType: string
  /** Strong: the hash of the bytes, so it differs whenever the view makes a difference. */
  readonly etag: string
  /** Where everybody finds the same bytes: the id of its view (`/view/<id>/…`); null where it has none. */
  readonly viewId: string | null
  /** Made from what an upstream said a while ago and has not confirmed since. */
  readonly stale?: boolean
  /** The same as gzip, made when it is asked for first; at once for a short one. */
  gzip(): Buffer | Promise<Buffer>
}

/** What a document takes in memory: gzip of one that was asked for so is about a quarter of it. */
function roomOf({ body }: WireDocument): number {
  return Math.ceil(body.length * 1.25)
}

/** What is kept of one package. */
export interface Entry {
  views: PackageViews
  readonly overlaid: OverlaidPackage | null
  /** The upstream has not confirmed it in time. */
  unconfirmed: boolean
  readonly wire: Map<string, WireDocument>
  /** What views of a long document have in common, by form. */
  readonly texts: Map<DocumentForm, VersionTexts>
  /** What the entry costs, rendered bytes and a guess for the record. */
  bytes: number
  /** Set when a rollout of the package changed: what can be seen has to be looked at again. */
  stale: boolean
}

/** A guess of what a version's record takes in memory. */
const versionBytes = 1000

/**
 * One package may take more than all should together: rendering a page of 100,000 files anew takes seconds.
 * Beyond this many times the limit even its own documents go, the ones rendered first before the others.
 */
const vastFactor = 4

/** Entries up to a number of bytes; the packages that came first go first. */
export function createDocumentEntries(mostBytes: number) {
  const entries = new Map<PackageId, Entry>()
  /** Texts of long documents whose package changed: those of versions that stayed are still good. */
  const carried = new Map<PackageId, Entry['texts']>()
  let total = 0
  const drop = (id: PackageId): void => {
    total -= entries.get(id)?.bytes ?? 0
    entries.delete(id)
    carried.delete(id)
  }
  const grow = (id: PackageId, entry: Entry, bytes: number): void => {
    entry.bytes += bytes
    total += bytes
    for (const oldest of entries.keys()) {
      if (total <= mostBytes) break
      if (oldest !== id) drop(oldest)
    }
  }
  const keepTexts = (id: PackageId, entry: Entry, form: DocumentForm, texts: VersionTexts): void => {
    if (entries.get(id) !== entry || entry.texts.has(form)) return
    entry.texts.set(form, texts)
    grow(id, entry, textsLength(texts))
  }
  return {
    get: (id: PackageId) => entries.get(id),
    drop,
    keepTexts,
    add: (id: PackageId, entry: Entry): void => {
      const texts = carried.get(id) ?? []
      carried.delete(id)
      entries.set(id, entry)
      grow(id, entry, versionBytes * Object.keys(entry.views.stored.versions).length)
      for (const [form, known] of texts) keepTexts(id, entry, form, known)
    },
    keep: (id: PackageId, entry: Entry, key: string, document: WireDocument): void => {
      if (entries.get(id) !== entry) return
      entry.wire.set(key, document)
      grow(id, entry, roomOf(document))
      for (const [oldest, other] of entry.wire) {
        if (total <= mostBytes * vastFactor || oldest === key) break
        entry.wire.delete(oldest)
        grow(id, entry, -roomOf(other))
      }
    },
    /** Takes new views into an entry; the record is not read again. */
    refresh: (entry: Entry, views: PackageViews): void => {
      total -= takeViews(entry, views)
    },
    /** Drops an entry whose package changed; true when it was a long one, whose texts the next entry gets. */
    dropButTexts: (id: PackageId): boolean => {
      const texts = entries.get(id)?.texts
      drop(id)
      if (texts === undefined || texts.size === 0) return false
      carried.set(id, texts)
      return true
    },
  }
}

function textsLength(texts: VersionTexts): number {
  return [...texts.values()].reduce((sum, { text }) => sum + text.length, 0)
}

/**
 * Documents stay when nothing that can be seen has changed, as with most evidence. Gives the bytes that were
 * let go.
 */
function takeViews(entry: Entry, views: PackageViews): number {
  entry.stale = false
  const same = seenBy(entry.views) === seenBy(views)
  entry.views = views
  if (same) return 0
  const freed = [...entry.wire.values()].reduce((sum, document) => sum + roomOf(document), 0)
  entry.wire.clear()
  entry.bytes -= freed
  return freed
}

function seenBy({ exposures }: PackageViews): string {
  return JSON.stringify(exposures.map((exposure) => ({ ...exposure, groupKeys: [...exposure.groupKeys] })))
}
