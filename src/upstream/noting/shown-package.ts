import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { releasedAtFirstSight } from '../../catalog/overlaid/plan-adoption.ts'
import type { OverlayNote } from '../../ports/upstream.ts'
import type { PackageId } from '../../versions/release.ts'
import type { OverlayParts } from '../overlay-parts.ts'
import type { ReadPackage } from '../read-packages.ts'
import type { RuleOf } from '../rule-finder.ts'
import { lateAtSight } from './late-files.ts'
import { emptyNote } from './note-changes.ts'
import { type Noted, notedKey, notedPackage } from './noted-package.ts'

interface Showing {
  readonly parts: OverlayParts
  readonly ruleOf: RuleOf
}

interface Given {
  readonly plain: OverlaidPackage
  readonly before: OverlaidPackage | null
  /** It is what the upstream says today. */
  readonly isCurrent: boolean
}

/** The package as its notes say that it is shown. */
export async function asShown(
  tools: Showing,
  id: PackageId,
  { plain, before, isCurrent }: Given,
): Promise<Pick<ReadPackage, 'package' | 'noted'>> {
  const noted = await notedAs(tools, id, plain, isCurrent)
  return { package: notedPackage(plain, before, noted), noted: notedKey(id, noted) }
}

/** What is noted of a package now, as far as it changes what is shown of it. */
export async function notedAs(
  tools: Showing,
  id: PackageId,
  known: OverlaidPackage,
  isCurrent: boolean,
): Promise<Noted> {
  const { clock, settings } = tools.parts
  const rule = tools.ruleOf(id)
  const note = await notedAtSight(tools, id, known, isCurrent)
  const released = rule === null ? 'all' : note.released
  return { note, rule, exceptions: settings.exceptions, released, now: clock.now() }
}

/**
 * What is noted of a package, with what was old when an adopt rule first met it. Only what the upstream says today may
 * be remembered as that (`isCurrent`): what was kept from before the rule lacks the versions in between, and they
 * would be hidden as new ones.
 */
async function notedAtSight(
  { parts, ruleOf }: Showing,
  id: PackageId,
  fresh: OverlaidPackage,
  isCurrent: boolean,
): Promise<OverlayNote> {
  const rule = ruleOf(id)
  const seen = (await parts.notes.get(id)) ?? emptyNote(id)
  if (rule === null || seen.firstSeenAt != null) return seen
  const now = parts.clock.now()
  const sight = {
    released: releasedAtFirstSight(fresh, parts.totalBakeMs(rule), now),
    lateFiles: lateAtSight(fresh, rule.lateFilesMs, now),
  }
  if (!isCurrent) return { ...seen, ...sight }
  return parts.notes.update(id, (before) =>
    before?.firstSeenAt != null ? before : { ...(before ?? emptyNote(id)), firstSeenAt: now, ...sight },
  )
}
