import { type PackageId, packageIdOf, type ReleaseId } from '../versions/release.ts'
import { satisfiesRange } from '../versions/version-range.ts'
import type { Dependency } from './dependencies.ts'
import { ecosystemOf, type PackageViews, viewDelta, visibilityOf } from './views/package-views.ts'

/** A version that needs another package. */
export interface Dependent {
  readonly release: ReleaseId
  readonly range: string
  readonly optional: boolean
}

/**
 * What a dependency would fail for in clients that do not see candidates: the staged release that alone satisfies
 * it, or null. pip would only say "No matching distribution". `together`: releases that roll out with the asker.
 */
export function stagedFloor(
  views: PackageViews,
  range: string,
  together: readonly ReleaseId[],
): ReleaseId | null {
  const ecosystem = ecosystemOf(views.pkg)
  const { hidden, blocked } = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  const fitting = Object.values(views.pkg.versions)
    .filter(({ version, files }) => files.length > 0 && !blocked.has(version))
    .map(({ version }) => version)
    .filter((version) => satisfiesRange(ecosystem, version, range))
  if (fitting.some((version) => !hidden.has(version))) return null
  const releases = fitting.map((version) => `${views.pkg.id}@${version}`)
  if (releases.some((release) => together.includes(release))) return null
  const open = views.exposures.filter(({ end }) => end === null).map(({ version }) => version)
  const staged = fitting.sort(views.scheme.compare).findLast((version) => open.includes(version))
  return staged === undefined ? null : `${views.pkg.id}@${staged}`
}

/** What a release is told that needs a version which is still rolling out. */
export function needsStaged(release: ReleaseId, dependency: Dependency, staged: ReleaseId): string {
  return `${release} needs ${shown(dependency.package, dependency.range)}, and of that only ${staged} fits, which is still rolling out: clients that do not see it cannot install ${release}. Put both into one train, or publish again when ${staged} is completed.`
}

/** What a candidate is told that somebody already depends on. */
export function askedBefore(candidate: ReleaseId, dependent: Dependent): string {
  const range = shown(packageIdOf(candidate), dependent.range)
  return `${dependent.release} already asks for ${range}, and of that only ${candidate} fits, which is still rolling out: clients that do not see it cannot install ${dependent.release}. Put both into one train, or widen the range.`
}

function shown(id: PackageId, range: string): string {
  if (range === '') return id
  return id.startsWith('npm:') ? `${id}@${range}` : `${id} ${range}`
}
