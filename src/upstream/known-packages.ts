import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import { releasedAtFirstSight, withReleased } from '../catalog/overlaid/plan-adoption.ts'
import { upstreamChanges } from '../catalog/overlaid/upstream-changes.ts'
import type { OverlayNote } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { fetchPackage } from './fetch-package.ts'
import { keptChanges, type OverlayParts } from './overlay-parts.ts'
import { readDocument } from './read-document.ts'
import { createReadPackages, type ReadPackage, type ReadPackages } from './read-packages.ts'
import type { RuleOf } from './rule-finder.ts'
import type { UpstreamCounter } from './upstream-counter.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** Packages as they were read last, and how to read one again. */
export interface KnownPackages {
  readonly memory: ReadPackages
  /** From memory, else from the disk; null when nothing is known. Asks no upstream. */
  recall(id: PackageId): Promise<ReadPackage | null>
  /** Asks the upstream. Rejects with `UpstreamUnavailable` when nothing is known and nothing comes. */
  ask(id: PackageId): Promise<ReadPackage>
}

interface Tools {
  readonly parts: OverlayParts
  readonly counter: UpstreamCounter
  readonly ruleOf: RuleOf
  /** Called with each package whose document is new. */
  readonly onNew: (id: PackageId) => void
}

/** Knows nothing at first. */
export function createKnownPackages(tools: Tools): KnownPackages {
  const { parts, counter, ruleOf } = tools
  const memory = createReadPackages(parts.limits.memoryBytes)
  const recall = async (id: PackageId): Promise<ReadPackage | null> => {
    const read = memory.get(id)
    if (read !== undefined) return read
    const document = await parts.cache.get(id)
    const reading = document === null ? null : readDocument(id, document)
    if (document === null || !reading?.ok) return null
    const { etag, lastModified, fetchedAt } = document
    const marked = await markReleased(tools, id, reading.value, false)
    // Somebody may have fetched it meanwhile.
    const now = memory.get(id)
    if (now !== undefined) return now
    const recalled = {
      package: marked,
      validators: { etag, lastModified },
      checkedAt: fetchedAt,
      failedAt: 0,
    }
    memory.set(id, recalled)
    return recalled
  }
  const keep = (id: PackageId, read: ReadPackage): ReadPackage => {
    memory.set(id, read)
    return read
  }
  const ask = async (id: PackageId): Promise<ReadPackage> => {
    const before = await recall(id)
    const fetched = await fetchPackage(parts, counter, id, before?.validators ?? null)
    const now = parts.clock.now()
    if (fetched.kind === 'new') {
      if (before?.package) await noteChanges(tools, id, before.package, fetched.package)
      const marked = await markReleased(tools, id, fetched.package, true)
      const { validators } = fetched
      const read = keep(id, { package: marked, validators, checkedAt: now, failedAt: 0 })
      tools.onNew(id)
      return read
    }
    if (fetched.kind === 'missing') {
      if (before?.package) {
        await noteChanges(tools, id, before.package, null)
        await parts.cache.remove(id)
      }
      return keep(id, { package: null, validators: null, checkedAt: now, failedAt: 0 })
    }
    if (fetched.kind === 'unchanged' && before?.package) {
      // The same object stays, so that what was rendered from it stays too.
      const isSeen = ruleOf(id) === null || (await parts.notes.get(id))?.firstSeenAt != null
      const same = isSeen ? before.package : await markReleased(tools, id, before.package, true)
      return keep(id, { ...before, package: same, checkedAt: now, failedAt: 0 })
    }
    const why = fetched.kind === 'failed' ? fetched.why : 'it says "unchanged" of what was never read'
    parts.log.warn('an upstream did not give a document', { package: id, why })
    if (before?.package) return keep(id, { ...before, failedAt: now })
    throw new UpstreamUnavailable(`The upstream of ${id} gives no answer: ${why}.`)
  }
  return { memory, recall, ask }
}

/**
 * Marks what counts as released: everything, or what was old when an adopt rule first met the package. Only what
 * the upstream says today may be remembered as that (`isCurrent`): what was kept from before the rule lacks the
 * versions in between, and they would be hidden as new ones.
 */
async function markReleased(
  { parts, ruleOf }: Tools,
  id: PackageId,
  fresh: OverlaidPackage,
  isCurrent: boolean,
): Promise<OverlaidPackage> {
  const rule = ruleOf(id)
  if (rule === null) return withReleased(fresh, 'all')
  const seen = await parts.notes.get(id)
  if (seen?.firstSeenAt != null) return withReleased(fresh, seen.released)
  const now = parts.clock.now()
  const released = releasedAtFirstSight(fresh, parts.totalBakeMs(rule), now)
  if (!isCurrent) return withReleased(fresh, released)
  const note = await parts.notes.update(id, (before) =>
    before?.firstSeenAt != null ? before : { ...(before ?? emptyNote(id)), firstSeenAt: now, released },
  )
  return withReleased(fresh, note.released)
}

/** Before the new document counts, so that a crash in between notes a change twice rather than never. */
async function noteChanges(
  { parts, counter }: Tools,
  id: PackageId,
  before: OverlaidPackage,
  after: OverlaidPackage | null,
): Promise<void> {
  const gone = { kind: 'deleted', version: '', file: null, detail: 'the whole package' } as const
  const changes = after === null ? [gone] : upstreamChanges(before, after)
  if (changes.length === 0) return
  const at = parts.clock.now()
  for (const change of changes) {
    counter.change(change.kind)
    parts.log.warn('an upstream changed what it had published', { package: id, ...change })
  }
  await parts.notes.update(id, (note) => {
    const all = [...(note?.changes ?? []), ...changes.map((change) => ({ ...change, at }))]
    return { ...(note ?? emptyNote(id)), changes: all.slice(-keptChanges) }
  })
}

/** What is remembered of a package about which nothing is. */
export function emptyNote(id: PackageId): OverlayNote {
  return { id, firstSeenAt: null, released: [], shadow: false, changes: [] }
}
