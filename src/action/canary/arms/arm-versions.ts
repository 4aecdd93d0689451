import type { Arm } from '../../../gates/evidence.ts'
import type { PackageId } from '../../../versions/release.ts'
import { schemeOf } from '../../../versions/scheme-of.ts'

/** One package of a rollout. Versions in normal form. */
export interface ArmRelease {
  readonly package: PackageId
  readonly candidate: string
  /** Null where the package has none, or the request named none. */
  readonly baseline: string | null
}

/**
 * The versions that an arm must not choose: the candidate in the baseline arm, and in both whatever lies between the
 * two, such as a release that was taken back and is still at the registry.
 */
export function hiddenIn(release: ArmRelease, versions: readonly string[], arm: Arm): readonly string[] {
  const { candidate, baseline } = release
  const scheme = schemeOf(release.package.startsWith('npm:') ? 'npm' : 'pypi')
  return versions.filter((version) => {
    if (version === candidate) return arm === 'baseline'
    if (baseline === null || version === baseline || scheme.isPrerelease(version)) return false
    return scheme.compare(version, baseline) > 0 && scheme.compare(version, candidate) < 0
  })
}

/** What `latest` of npm is in an arm: moved from one of the two to the other only, so that a backport moves nothing. */
export function latestIn(
  { candidate, baseline }: ArmRelease,
  latest: string | null,
  arm: Arm,
): string | null {
  const isBetween =
    latest === null ||
    latest === candidate ||
    latest === baseline ||
    isHiddenBetween(latest, candidate, baseline)
  if (!isBetween) return latest
  return arm === 'candidate' ? candidate : (baseline ?? latest)
}

function isHiddenBetween(latest: string, candidate: string, baseline: string | null): boolean {
  const { compare } = schemeOf('npm')
  return baseline !== null && compare(latest, baseline) > 0 && compare(latest, candidate) < 0
}
