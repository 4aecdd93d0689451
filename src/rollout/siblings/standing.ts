import type { PaceRule } from '../../gates/policy.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf, parseReleaseId, type Release } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Member, RolloutId } from '../history/event.ts'
import { basisPointsOf, isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { audienceOf } from '../starting/stream-of.ts'

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
  let first: RolloutState | null = null
  for (const other of world) {
    if (isAhead(other) && isNewer(other, first ?? state)) first = other
  }
  return first === null ? leads : { kind: 'overtaken', by: first.id }
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
  // What a package that comes late to its train has not been through, the others have not been through for it.
  const older = world.filter((other) => isLive(other) && isNewer(state, other) && hasPackagesOf(other, state))
  return older.reduce((most, other) => Math.max(most, Math.min(other.earned, basisPointsOf(other))), 0)
}

/** The same of those that it is like by its files and publisher. */
export function reachedByAlike(state: RolloutState, world: readonly RolloutState[]): number {
  const own = new Set(state.members.map(({ candidate }) => candidate))
  const isLike = (other: RolloutState) =>
    other.members.every(
      ({ candidate }) => own.has(candidate) || ownEntry(state.likenesses, candidate)?.alike === true,
    )
  return reachedByOlder(state, world.filter(isLike))
}

function hasPackagesOf(other: RolloutState, { members }: RolloutState): boolean {
  const packages = new Set(other.members.map(({ candidate }) => packageIdOf(candidate)))
  return members.every(({ candidate }) => packages.has(packageIdOf(candidate)))
}

/**
 * Whether one rollout carries, for each package of another one, the same or a newer release, and at least one newer or
 * one of a package that the other lacks.
 * A package alone is replaced within its line only, by the width that its own policy gives it; packages that belong
 * together by what carries them all, whatever the lines.
 */
export function isNewer(newer: RolloutState, older: RolloutState): boolean {
  if (newer.id === older.id) return false
  const [own, others] = [placesOf(older), placesOf(newer)]
  if (own === null || others === null) return false
  const isAlone = own.every(({ id }) => id === own[0]?.id)
  let above = others.some(({ id }) => own.every((place) => place.id !== id))
  for (const place of own) {
    const other = greatestOf(others, place.id)
    if (other === null) return false
    if (isAlone && laneIn(place, older, older) !== laneIn(other, newer, older)) return false
    const order = comparePublic(other.release, place.release)
    if (order < 0) return false
    above ||= order > 0
  }
  return above
}

/** A release that a rollout carries, read once for the many times that it is compared. */
interface Place {
  readonly id: PackageId
  readonly release: Release
  /** By width, as far as they were asked for. */
  readonly lines: Map<PaceRule['line'], string>
}

const places = new WeakMap<readonly Member[], readonly Place[] | null>()

/** Null where one cannot be read. */
function placesOf({ members }: RolloutState): readonly Place[] | null {
  const known = places.get(members)
  if (known !== undefined) return known
  const read = members.flatMap(({ candidate }): readonly Place[] => {
    const parsed = parseReleaseId(candidate)
    return parsed.ok ? [{ id: packageIdOf(candidate), release: parsed.value, lines: new Map() }] : []
  })
  const whole = read.length === members.length ? read : null
  places.set(members, whole)
  return whole
}

/** The lane of a release, as wide as the older one's policy says; streams have lanes of their own. */
function laneIn(place: Place, { policy }: RolloutState, older: RolloutState): string {
  const width = older.policy?.pace.line ?? 'minor'
  const line = place.lines.get(width) ?? lineOf(place.release, width)
  place.lines.set(width, line)
  const audience = audienceOf(policy)
  return audience === '' ? line : `${line}/${audience}`
}

function lineOf({ ecosystem, version }: Release, width: PaceRule['line']): string {
  return schemeOf(ecosystem).lineOf(version, width)
}

/** Builds of one public version (`2.1+cpu`, `2.1+cu118`) are none newer than another. */
function comparePublic(left: Release, right: Release): number {
  const { compare, publicOf } = schemeOf(left.ecosystem)
  return compare(publicOf(left.version), publicOf(right.version))
}

/** The greatest release that a rollout carries of a package; null when it has none. */
function greatestOf(carried: readonly Place[], id: PackageId): Place | null {
  let greatest: Place | null = null
  for (const place of carried) {
    if (place.id !== id) continue
    if (greatest === null || comparePublic(place.release, greatest.release) > 0) greatest = place
  }
  return greatest
}
