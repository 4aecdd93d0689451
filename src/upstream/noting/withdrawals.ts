import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { WithdrawnAs } from '../../catalog/overlaid/withdrawn-versions.ts'
import type { Withdrawal } from '../../ports/upstream.ts'

/** By version in normal form. */
export type Withdrawals = Readonly<Record<string, Withdrawal>>

/** What one look at an upstream found. */
export interface Look {
  readonly now: number
  /** The last package that was known, with what was withdrawn since. */
  readonly before: OverlaidPackage
  /** What the upstream gives; null where it refuses the name with `status`. */
  readonly after: OverlaidPackage | null
  readonly status: number | null
  /** Whether the upstream gave documents of other names since a time. */
  answeredOthersSince(since: number): boolean
  /** What becomes of a version that is believed to be withdrawn. */
  fateOf(version: string, withdrawal: Pick<Withdrawal, 'status' | 'said'>): 'kept' | 'blocked' | 'waits'
}

/** What an upstream says of a whole package by what it puts in its place. */
export function saidOf(after: OverlaidPackage | null): Pick<Withdrawal, 'said'> {
  if (after?.kind === 'pypi') return after.status === 'quarantined' ? { said: 'quarantined' } : {}
  const versions = Object.keys(after?.record.versions ?? {})
  const isPlaceholder = versions.length > 0 && versions.every((one) => placeholder.test(one))
  return isPlaceholder ? { said: 'placeholder' } : {}
}

/** The version that npm's security team publishes in the place of a malicious package. */
const placeholder = /^0\.0\.\d+-security(?:\.\d+)?$/

/** It is believed after this many looks that took at least this long. */
const believedLooks = 3
const believedMs = 5 * 60_000
/** How long a version that comes back with the same bytes is the one that went. */
const undoneMs = 7 * 24 * 60 * 60_000

/**
 * What is known of withdrawn versions after a look. A version counts as withdrawn from the first look that does not
 * find it; that is believed after three looks over five minutes in which the upstream answered for others.
 */
export function withdrawalsAfter(known: Withdrawals, look: Look): Withdrawals {
  const { before, after, now } = look
  const present = after === null ? new Set<string>() : new Set(Object.keys(after.record.versions))
  const said = saidOf(after)
  const entries = Object.keys(before.record.versions).flatMap((version): [string, Withdrawal][] => {
    const found = known[version]
    if (present.has(version))
      return isBack(found, version, look) || found === undefined ? [] : [[version, found]]
    if (found === undefined) return [[version, firstLook(version, look)]]
    const seen = { ...found, ...said, lastAt: now, looks: found.looks + 1, status: look.status }
    if (seen.state !== 'doubted') return [[version, seen]]
    const isBelieved =
      seen.looks >= believedLooks &&
      now - seen.firstAt >= believedMs &&
      look.answeredOthersSince(seen.firstAt)
    return [[version, isBelieved ? { ...seen, state: look.fateOf(version, seen) } : seen]]
  })
  return Object.fromEntries(entries)
}

function firstLook(version: string, { before, after, now, status }: Look): Withdrawal {
  return {
    ...saidOf(after),
    firstAt: now,
    lastAt: now,
    looks: 1,
    status,
    digests: digestsOf(before, version),
    state: 'doubted',
  }
}

/** The same bytes within a week undo it; other bytes under the number are no longer what people pinned. */
function isBack(found: Withdrawal | undefined, version: string, { after, now }: Look): boolean {
  if (found === undefined) return true
  if (found.state === 'doubted') return true
  if (now - found.firstAt > undoneMs || after === null) return false
  const digests = new Set(digestsOf(after, version))
  return found.digests.every((digest) => digests.has(digest))
}

function digestsOf({ files }: OverlaidPackage, version: string): readonly string[] {
  return [...files.values()].flatMap((file) =>
    file.version === version && file.digest !== null ? [file.digest] : [],
  )
}

/** How withdrawn versions are shown. The sentence ends up in lock files, so it stays true. */
export function shownAs(withdrawals: Withdrawals): ReadonlyMap<string, WithdrawnAs> {
  return new Map(
    Object.entries(withdrawals).map(([version, { firstAt, state }]) => {
      const day = new Date(firstAt).toISOString().slice(0, 10)
      const sentence = `Withdrawn by its index on ${day}`
      return [version, { sentence, blocked: state === 'blocked', believed: state !== 'doubted' }]
    }),
  )
}
