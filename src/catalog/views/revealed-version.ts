import type { VersionScheme } from '../../versions/version-scheme.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'

/** What has to be known of a package. */
interface Known {
  /** With the files that may be offered. */
  readonly pkg: PackageRecord
  readonly scheme: VersionScheme
  readonly exposures: readonly Exposure[]
  readonly blocked: ReadonlySet<string>
  /** It has a final that is a full release, blocked or not: nobody is given a pre-release for want of it. */
  readonly hasFinal: boolean
}

/**
 * No view is without an installable version of a package that ever completed one, unless its publisher withdrew all of
 * those: when all finals (without any: all pre-releases) would be hidden, the one that was trusted most is shown, of
 * those that were full releases once. A candidate never is: its ladder is not passed for want of another. A full
 * release goes before a baseline before a version without rollout, what the arm takes away comes last; the greater
 * version of equals. Of a package that never had a full release only what has begun, or is in no rollout, is shown.
 * Null when nothing has to be or can be shown.
 */
export function revealed(
  views: Known,
  hidden: ReadonlySet<string>,
  removed: readonly string[],
): string | null {
  const installable = Object.values(views.pkg.versions).filter((record) => isInstallable(views, record))
  const finals = installable.filter(({ version }) => !views.scheme.isPrerelease(version))
  const pool = finals.length > 0 || views.hasFinal ? finals : installable
  if (pool.some(({ version }) => !hidden.has(version))) return null
  const hadRelease = Object.values(views.pkg.versions).some((record) => wasReleased(views, record))
  const ranked = pool
    .filter((record) => (hadRelease ? wasReleased(views, record) : hasBegun(views, record)))
    .map(({ version }) => ({ version, rank: trust(views, version, removed) }))
  ranked.sort((a, b) => b.rank - a.rank || views.scheme.compare(b.version, a.version))
  return ranked[0]?.version ?? null
}

/** It was a full release once, or is what a candidate is compared with, whatever became of its own history. */
function wasReleased({ exposures }: Known, { version, released }: VersionRecord): boolean {
  if (released === true) return true
  return exposures.some((one) => (one.version === version && one.wasFull) || one.baseline === version)
}

function hasBegun({ exposures }: Known, { version }: VersionRecord): boolean {
  const own = exposures.filter((one) => one.version === version)
  return own.length === 0 || own.some(({ begun }) => begun)
}

function trust(views: Known, version: string, removed: readonly string[]): number {
  if (removed.includes(version)) return 0
  const exposure = views.exposures.find((candidate) => candidate.version === version)
  if (exposure?.full) return 6
  if (exposure?.end === 'rolled-back') return 1
  if (views.exposures.some(({ baseline }) => baseline === version)) return 5
  if (exposure === undefined) return 4
  return exposure.end === null ? 3 : 2
}

/**
 * What an install could take if it were not hidden. PyPI clients pass over what its maintainer
 * yanked; npm's deprecation only warns.
 */
export function isInstallable(
  { blocked, scheme }: Pick<Known, 'blocked' | 'scheme'>,
  record: VersionRecord,
): boolean {
  if (blocked.has(record.version) || record.gone === true) return false
  return record.files.length > 0 && (scheme.ecosystem === 'npm' || record.withdrawn === null)
}
