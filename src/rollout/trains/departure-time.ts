import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { Train } from './departure.ts'

/** A file that is here, with when it came; integer ms. */
export interface ArrivedFile {
  readonly release: ReleaseId
  readonly uploadedAt: number
}

/** What a train still waits for. */
export interface Awaited {
  /** Packages that its file names and that nothing new is here for. */
  readonly packages: readonly PackageId[]
  /** Reserved releases without a file. */
  readonly releases: readonly ReleaseId[]
  /** When it begins without them, integer ms; null: it does not. */
  readonly until: number | null
}

/**
 * When a train begins: when a release of each of its packages is here, else when nothing further came for
 * `trainSettle`. A release counts as here when no further file of it came for `settleOf`. Null while nothing is here.
 */
export function departureTime(
  { packages, policy }: Train,
  files: readonly ArrivedFile[],
  settleOf: (release: ReleaseId) => number,
): number | null {
  if (files.length === 0) return null
  const ready = Math.max(...files.map(({ release, uploadedAt }) => uploadedAt + settleOf(release)))
  const here = new Set(files.map(({ release }) => packageIdOf(release)))
  if (packages.every((id) => here.has(id))) return ready
  const last = Math.max(...files.map(({ uploadedAt }) => uploadedAt))
  return Math.max(ready, last + policy.pace.trainSettleMs)
}

/** What these releases of a train are without. */
export function awaitedBy(
  { packages }: Train,
  members: readonly ReleaseId[],
  files: readonly ArrivedFile[],
  until: number | null,
): Awaited {
  const here = new Set(files.map(({ release }) => release))
  const named = new Set(members.map((release) => packageIdOf(release)))
  return {
    packages: packages.filter((id) => !named.has(id)),
    releases: members.filter((release) => !here.has(release)),
    until,
  }
}
