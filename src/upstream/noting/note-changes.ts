import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { type UpstreamChange, upstreamChanges } from '../../catalog/overlaid/upstream-changes.ts'
import type { OverlayNote } from '../../ports/upstream.ts'
import type { PackageId } from '../../versions/release.ts'
import { keptChanges, type OverlayParts } from '../overlay-parts.ts'
import type { UpstreamCounter } from '../upstream-counter.ts'
import { notedFilesAfter } from './late-files.ts'

interface NotingTools {
  readonly parts: Pick<OverlayParts, 'clock' | 'log' | 'notes'>
  readonly counter: UpstreamCounter
}

/**
 * Before the new document counts, so that a crash in between notes a change twice rather than never. Under a rule
 * (`isStaged`) files that came late are remembered, too.
 */
export async function noteChanges(
  tools: NotingTools,
  id: PackageId,
  before: OverlaidPackage,
  after: OverlaidPackage,
  isStaged: boolean,
): Promise<void> {
  const { clock, notes } = tools.parts
  const known = await notes.get(id)
  // What was withdrawn before was noted then.
  const isNews = ({ version }: UpstreamChange) => known?.withdrawals?.[version] === undefined
  const changes = upstreamChanges(before, after).filter(isNews)
  await note(tools, id, changes)
  if (!isStaged || (changes.length === 0 && known?.lateFiles === undefined)) return
  const readings = { before, after, changes, now: clock.now() }
  await notes.update(id, (note) => ({
    ...(note ?? emptyNote(id)),
    ...notedFilesAfter(note ?? {}, readings),
  }))
}

/** What is noted when a name is refused that was there. */
export const wholePackage = { kind: 'deleted', version: '', file: null } as const

/** Writes changes down, counts them and says them. */
export async function note(
  { parts, counter }: NotingTools,
  id: PackageId,
  changes: readonly UpstreamChange[],
): Promise<void> {
  if (changes.length === 0) return
  const at = parts.clock.now()
  for (const change of changes) {
    counter.change(change.kind)
    parts.log.warn('an upstream changed what it had published', { package: id, ...change })
  }
  await parts.notes.update(id, (known) => {
    const all = [...(known?.changes ?? []), ...changes.map((change) => ({ ...change, at }))]
    return { ...(known ?? emptyNote(id)), changes: all.slice(-keptChanges) }
  })
}

/** What is remembered of a package about which nothing is. */
export function emptyNote(id: PackageId): OverlayNote {
  return { id, firstSeenAt: null, released: [], shadow: false, changes: [] }
}
