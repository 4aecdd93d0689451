import { type PackageMarks, withMarks } from '../../catalog/overlaid/marked-package.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { withWithdrawn } from '../../catalog/overlaid/withdrawn-versions.ts'
import { nameMatcher } from '../../config/reading/match-name.ts'
import type { AdoptRule, ExceptionRule } from '../../config/server/overlay-settings.ts'
import type { OverlayNote } from '../../ports/upstream.ts'
import type { PackageId } from '../../versions/release.ts'
import { satisfiesRange } from '../../versions/version-range.ts'
import { ecosystemOfId } from '../fetch-package.ts'
import { shownOfLate } from './late-files.ts'
import { shownAs } from './withdrawals.ts'

/** What a package is marked by. */
export interface Noted {
  readonly note: OverlayNote | null
  readonly rule: AdoptRule | null
  readonly exceptions: readonly ExceptionRule[]
  readonly released: 'all' | readonly string[]
  readonly now: number
}

/** The exceptions that hold for a package now. */
export function exceptionsFor(
  exceptions: readonly ExceptionRule[],
  id: PackageId,
  now: number,
): readonly ExceptionRule[] {
  return exceptions.filter((one) => one.until > now && nameMatcher([one.package])(id))
}

/** Another text whenever what is noted shows something else of the same document. */
export function notedKey(id: PackageId, { note, rule, exceptions, released, now }: Noted): string {
  return JSON.stringify([
    Object.entries(note?.withdrawals ?? {}).map(([version, { state, firstAt }]) => [version, state, firstAt]),
    released === 'all' ? released : released.length,
    [...shownOfLate(note?.lateFiles ?? {}, rule?.lateFilesMs ?? 0, now)],
    [...blocksOf(note, now)],
    exceptionsFor(exceptions, id, now),
  ])
}

/**
 * A package as it is shown: what its upstream says, with what was withdrawn (`before` still has it), and with what is
 * decided here.
 */
export function notedPackage<Overlaid extends OverlaidPackage>(
  plain: Overlaid,
  before: OverlaidPackage | null,
  { note, rule, exceptions, released, now }: Noted,
): Overlaid {
  const all = withWithdrawn(plain, before, shownAs(note?.withdrawals ?? {}))
  const marks: PackageMarks = {
    released,
    lateFiles: rule === null ? new Map() : shownOfLate(note?.lateFiles ?? {}, rule.lateFilesMs, now),
    blocks: blocksOf(note, now),
    opened: openedOf(all, exceptions, now),
    holdsPins: rule?.pins === 'hold',
  }
  return withMarks(all, marks)
}

function blocksOf(note: OverlayNote | null, now: number): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(note?.blocks ?? {}).flatMap(([version, { reason, until }]) =>
      until === null || until > now ? [[version, reason] as const] : [],
    ),
  )
}

function openedOf(
  { record }: OverlaidPackage,
  exceptions: readonly ExceptionRule[],
  now: number,
): ReadonlySet<string> {
  const { id, versions } = record
  const ecosystem = ecosystemOfId(id)
  const opened = exceptionsFor(exceptions, id, now).flatMap(({ versions: range }) =>
    Object.keys(versions).filter((version) => range === null || satisfiesRange(ecosystem, version, range)),
  )
  return new Set(opened)
}
