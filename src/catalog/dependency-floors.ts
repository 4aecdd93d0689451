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

/** The only release that satisfies a dependency, and why clients without a pin do not see it. */
export interface Floor {
  readonly release: ReleaseId
  readonly hiddenAs: 'rolling out' | 'taken back' | 'blocked'
}

/**
 * What a dependency would fail for in clients that see full releases only: the greatest release that satisfies it, where
 * they see none, or null. pip would only say "No matching distribution". `together`: releases that roll out with the
 * asker.
 */
export function hiddenFloor(
  views: PackageViews,
  range: string,
  together: readonly ReleaseId[],
): Floor | null {
  const ecosystem = ecosystemOf(views.pkg)
  const { hidden, blocked } = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  const fitting = Object.values(views.pkg.versions)
    .filter(({ files }) => files.length > 0)
    .map(({ version }) => version)
    .filter((version) => satisfiesRange(ecosystem, version, range))
    .sort(views.scheme.compare)
  if (fitting.some((version) => !hidden.has(version) && !blocked.has(version))) return null
  const releaseOf = (version: string): ReleaseId => `${views.pkg.id}@${version}`
  if (fitting.some((version) => together.includes(releaseOf(version)))) return null
  const open = views.exposures.filter(({ end }) => end === null).map(({ version }) => version)
  const rolling = fitting.findLast((version) => open.includes(version) && !blocked.has(version))
  if (rolling !== undefined) return { release: releaseOf(rolling), hiddenAs: 'rolling out' }
  const kept = fitting.findLast((version) => !blocked.has(version)) ?? fitting.at(-1)
  if (kept === undefined) return null
  return { release: releaseOf(kept), hiddenAs: blocked.has(kept) ? 'blocked' : 'taken back' }
}

/** What a release is told that needs a version which clients without a pin do not see. */
export function needsHidden(
  release: ReleaseId,
  dependency: Dependency,
  { release: floor, hiddenAs }: Floor,
): string {
  const needs = `${release} needs ${shown(dependency.package, dependency.range)}, and of that only ${floor} fits, which`
  if (hiddenAs === 'rolling out')
    return `${needs} is still rolling out: clients that do not see it cannot install ${release}. Put both into one train, or publish again when ${floor} is completed.`
  const goesOn = hiddenAs === 'taken back' && floor.startsWith('npm:')
  const outcome = goesOn ? `who installs ${release} gets it all the same` : `nobody can install ${release}`
  return `${needs} ${hiddenAs === 'blocked' ? 'is blocked' : 'was taken back'}: ${outcome}. Publish again with another range.`
}

/** What a candidate is told that somebody already depends on. */
export function askedBefore(candidate: ReleaseId, dependent: Dependent): string {
  const range = shown(packageIdOf(candidate), dependent.range)
  return `${dependent.release} already asks for ${range}, and of that only ${candidate} fits, which is still rolling out: clients that do not see it cannot install ${dependent.release}. Put both into one train, or widen the range.`
}

/**
 * Whether nothing that everybody is shown would be left for a range without these releases, and one of them fits: who
 * takes them back takes it from whoever asks for that range.
 */
export function asksOnlyFor(views: PackageViews, range: string, candidates: readonly ReleaseId[]): boolean {
  const ecosystem = ecosystemOf(views.pkg)
  const { hidden, blocked } = visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  )
  const fitting = Object.values(views.pkg.versions).filter(
    ({ version, files }) => files.length > 0 && satisfiesRange(ecosystem, version, range),
  )
  const isOneOf = (version: string) => candidates.includes(`${views.pkg.id}@${version}`)
  const isLeft = (version: string) => !isOneOf(version) && !hidden.has(version) && !blocked.has(version)
  return fitting.some(({ version }) => isOneOf(version)) && !fitting.some(({ version }) => isLeft(version))
}

/** Who is left without what it needs when a release is taken back, before and after. */
export function brokenBy(candidate: ReleaseId, dependent: Dependent, isTakenBack: boolean): string {
  const needs = `${dependent.release} needs ${shown(packageIdOf(candidate), dependent.range)}, and of that only ${candidate} fits`
  return isTakenBack
    ? `${needs}, which was taken back: it cannot be installed without it. Take ${dependent.release} back as well, or publish a release that fits.`
    : `${needs}: whoever takes ${candidate} back takes it from ${dependent.release}.`
}

function shown(id: PackageId, range: string): string {
  if (range === '') return id
  return id.startsWith('npm:') ? `${id}@${range}` : `${id} ${range}`
}
