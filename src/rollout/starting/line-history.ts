import type { StreamRule } from '../../gates/policy.ts'
import {
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type Release,
  type ReleaseId,
} from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { completesWhenSuperseded } from '../deciding/decide-lifecycle.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersions } from './known-versions.ts'
import { laneOf } from './stream-of.ts'

/**
 * The newest rollout that has this release, or null. One that was called off before it began never was: a name
 * reserved by mistake can be published later. A block stays.
 */
export function newestRolloutOf(world: readonly RolloutState[], id: ReleaseId): RolloutState | null {
  let newest: RolloutState | null = null
  for (const state of world) {
    if (!state.members.some(({ candidate }) => candidate === id)) continue
    if (state.end !== null && state.startedAt === null && state.blocked.length === 0) continue
    if (newest === null || state.reservedAt >= newest.reservedAt) newest = state
  }
  return newest
}

/** A release of the same line as another one, with the rollout that brings it (null: it was simply released). */
export interface LineNeighbour {
  readonly version: string
  readonly state: RolloutState | null
}

/**
 * Every other release of the line: those with rollouts, newest rollout each, and those simply released. Finals are
 * neighbours of finals only, and pre-releases of those of their stream.
 */
export function neighboursOf(
  release: Release,
  world: readonly RolloutState[],
  versions: KnownVersions,
  stream?: StreamRule,
): readonly LineNeighbour[] {
  const scheme = schemeOf(release.ecosystem)
  const isPrerelease = scheme.isPrerelease(release.version)
  const lane = laneOf(release, stream === undefined ? null : { stream })
  return releasesOf(packageIdOf(release), world, versions).filter(({ version, state }) => {
    if (version === release.version || scheme.isPrerelease(version) !== isPrerelease) return false
    return laneOf({ ...release, version }, state?.policy ?? null) === lane
  })
}

/**
 * Greatest completed, installable, unyanked final below a release; null when there is none. For a pre-release also
 * the pre-releases of its own stream and of more mature ones.
 */
export function baselineOf(
  release: Release,
  world: readonly RolloutState[],
  versions: KnownVersions,
  now: number,
  stream?: StreamRule,
): ReleaseId | null {
  const id = packageIdOf(release)
  const scheme = schemeOf(release.ecosystem)
  const installable = new Set(
    (versions[id] ?? []).flatMap((known) => (known.installable && !known.withdrawn ? [known.version] : [])),
  )
  let greatest: string | null = null
  for (const { version, state } of releasesOf(id, world, versions)) {
    if (!installable.has(version) || scheme.compare(version, release.version) >= 0) continue
    if (scheme.isPrerelease(version) && !isMatureFor(state, stream)) continue
    // One of the same lane is completed by this very start; one of another goes on and may still fall.
    const lane = laneOf(release, stream === undefined ? null : { stream })
    const completing = laneOf({ ...release, version }, state?.policy ?? null) === lane
    if (!isReleased(state, `${id}@${version}`, completing ? now : null)) continue
    if (greatest === null || scheme.compare(version, greatest) > 0) greatest = version
  }
  return greatest === null ? null : `${id}@${greatest}`
}

/** A pre-release is compared with one of its own stream or of a later one; a final with none. */
function isMatureFor(state: RolloutState | null, stream: StreamRule | undefined): boolean {
  if (stream?.kind !== 'prerelease') return false
  return state?.policy?.stream?.upTo.includes(stream.name) ?? false
}

/** Fully released: by its completed rollout, or without one. `at`: one that a start at this time completes counts. */
function isReleased(state: RolloutState | null, id: ReleaseId, at: number | null): boolean {
  if (state === null) return true
  if (state.blocked.includes(id)) return false
  if (state.end !== null) return state.end.kind === 'completed'
  return at !== null && completesWhenSuperseded(state, at)
}

/** The newest rollout of a version says what it is; `released` counts only for versions without one. */
function releasesOf(
  id: PackageId,
  world: readonly RolloutState[],
  versions: KnownVersions,
): readonly LineNeighbour[] {
  const newest = new Map<string, RolloutState>()
  for (const state of world) {
    for (const { candidate } of state.members) {
      const parsed = packageIdOf(candidate) === id ? parseReleaseId(candidate) : null
      if (!parsed?.ok) continue
      const known = newest.get(parsed.value.version)
      if (known === undefined || state.reservedAt >= known.reservedAt) newest.set(parsed.value.version, state)
    }
  }
  const found: LineNeighbour[] = [...newest].map(([version, state]) => ({ version, state }))
  for (const { version, released } of versions[id] ?? []) {
    if (released && !newest.has(version)) found.push({ version, state: null })
  }
  return found
}

/** The newest live or completed release of the line that is newer than this one, or null. */
export function newerInLine(
  release: Release,
  world: readonly RolloutState[],
  versions: KnownVersions,
  stream?: StreamRule,
): string | null {
  const scheme = schemeOf(release.ecosystem)
  let newest: string | null = null
  for (const { version, state } of neighboursOf(release, world, versions, stream)) {
    if (scheme.compare(version, release.version) <= 0 || !countsAsNewer(state)) continue
    if (newest === null || scheme.compare(version, newest) > 0) newest = version
  }
  return newest
}

/** Live and completed releases only: what was taken back or given up does not forbid an older one. */
function countsAsNewer(state: RolloutState | null): boolean {
  if (state === null) return true
  return state.end === null ? state.startedAt !== null : state.end.kind === 'completed'
}
