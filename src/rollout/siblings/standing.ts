import { packageIdOf, parseReleaseId, type Release, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Member, RolloutId } from '../history/event.ts'
import { basisPointsOf, isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { laneOf } from '../starting/stream-of.ts'

/**
 * How a live rollout stands to the others of its packages. It `leads` unless a newer one of its line is ahead of it
 * (`overtaken`: it keeps its percent, its bake stands still) or has completed since it began (`outrun`: it ends).
 */
export type Standing =
  | { readonly kind: 'leads' }
  | { readonly kind: 'overtaken' | 'outrun'; readonly by: RolloutId }

const leads: Standing = { kind: 'leads' }

/**
 * Derived from the facts of all rollouts that have a release of one of its packages. What is all but completed (at
 * 100 %) is overtaken by nobody, and under `pipeline` nobody is.
 */
export function standingOf(state: RolloutState, world: readonly RolloutState[]): Standing {
  if (!isLive(state)) return leads
  // The cheap question first: versions are compared for the few that could matter.
  const done = world.find((other) => hasCompletedSince(other, state.startedAt) && isNewer(other, state))
  if (done !== undefined) return { kind: 'outrun', by: done.id }
  if (state.policy.pace.onNewer === 'pipeline' || basisPointsOf(state) === 10_000) return leads
  const ahead = world.filter((other) => isAhead(other) && isNewer(other, state))
  const first = ahead.find((other) => !ahead.some((another) => isNewer(another, other)))
  return first === undefined ? leads : { kind: 'overtaken', by: first.id }
}

function hasCompletedSince({ end }: RolloutState, since: number): boolean {
  return end?.kind === 'completed' && end.at >= since
}

/** Past stage 0, and neither held nor paused. */
function isAhead(state: RolloutState): boolean {
  return isLive(state) && state.stageIndex > 0 && state.heldSince === null && state.pausedSince === null
}

/** The greatest share that an older live rollout of the line has come to through its own gates, in basis points; 0: none. */
export function reachedByOlder(state: RolloutState, world: readonly RolloutState[]): number {
  const older = world.filter((other) => isLive(other) && other.id !== state.id && isNewer(state, other))
  return older.reduce((most, other) => Math.max(most, Math.min(other.earned, basisPointsOf(other))), 0)
}

/**
 * Whether one rollout carries, for each package of another one, the same or a newer release, and at least one newer.
 * A package alone is replaced within its line only, by the width that its own policy gives it; packages that belong
 * together by what carries them all, whatever the lines.
 */
export function isNewer(newer: RolloutState, older: RolloutState): boolean {
  if (newer.id === older.id) return false
  const packages = new Set(older.members.map(({ candidate }) => packageIdOf(candidate)))
  let above = false
  for (const { candidate } of older.members) {
    const own = parseReleaseId(candidate)
    const other = greatestOf(newer.members, candidate)
    if (!own.ok || other === null) return false
    if (packages.size === 1 && !sameLane(own.value, older, other, newer)) return false
    const order = comparePublic(other, own.value)
    if (order < 0) return false
    above ||= order > 0
  }
  return above
}

function sameLane(own: Release, older: RolloutState, other: Release, newer: RolloutState): boolean {
  const width = older.policy?.pace ?? { line: 'minor' as const }
  const lane = (release: Release, { policy }: RolloutState) =>
    laneOf(release, { pace: width, ...(policy?.stream && { stream: policy.stream }) })
  return lane(own, older) === lane(other, newer)
}

/** Builds of one public version (`2.1+cpu`, `2.1+cu118`) are none newer than another. */
function comparePublic(left: Release, right: Release): number {
  const { compare, publicOf } = schemeOf(left.ecosystem)
  return compare(publicOf(left.version), publicOf(right.version))
}

/** The greatest release that a rollout carries of the package of another release; null when it has none. */
function greatestOf(members: readonly Member[], release: ReleaseId): Release | null {
  const id = packageIdOf(release)
  let greatest: Release | null = null
  for (const { candidate } of members) {
    if (packageIdOf(candidate) !== id) continue
    const parsed = parseReleaseId(candidate)
    if (parsed.ok && (greatest === null || comparePublic(parsed.value, greatest) > 0)) greatest = parsed.value
  }
  return greatest
}
