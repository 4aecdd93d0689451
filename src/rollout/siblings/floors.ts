import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { satisfiesRange } from '../../versions/version-range.ts'
import type { Need, RolloutId } from '../history/event.ts'
import { basisPointsFor, isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'

/** All rollouts with a release of a package. */
export type RolloutsOf = (id: PackageId) => readonly RolloutState[]

/** How far a rollout may go because of what it cannot do without. */
export interface Floor {
  /** Share of its keys for whom all of that is shown, basis points. */
  readonly basisPoints: number
  /** What it waits for, with its share, basis points. */
  readonly waitsFor: readonly {
    readonly need: Need
    readonly release: ReleaseId | null
    readonly basisPoints: number
  }[]
  /** Needs that nothing can satisfy any more: all that fits was taken back. */
  readonly gone: readonly Need[]
}

/** Nothing that it needs is still rolling out. */
export const noFloor: Floor = { basisPoints: 10_000, waitsFor: [], gone: [] }

/**
 * The needs among these that nobody can have satisfied yet but by a release that is still rolling out, has not begun or not come:
 * `visible` says which versions of a package everybody is shown, null where the package is not known here.
 */
export function openNeeds(
  needs: readonly Need[],
  candidates: readonly ReleaseId[],
  versionsOf: (
    id: PackageId,
  ) => { readonly all: readonly string[]; readonly visible: readonly string[] } | null,
): readonly Need[] {
  return needs.filter(({ package: id, range }) => {
    const known = versionsOf(id)
    const fits = (version: string) => satisfiesRange(ecosystemOf(id), version, range)
    if (known === null || known.visible.some(fits)) return false
    // What is not there at all yet may come any minute: nobody can install it before.
    return !known.all.some((version) => fits(version) && candidates.includes(`${id}@${version}`))
  })
}

/**
 * What a rollout's floors let it have. A release of another rollout counts as far as it is shown to the same keys: by
 * its percent under the same salt, else only once everybody sees it. Of rollouts that need each other the first to begin
 * goes ahead: they would wait for each other for ever.
 */
export function floorOf(state: RolloutState, rolloutsOf: RolloutsOf): Floor {
  if (state.floors.length === 0 || state.policy?.pace.floors === 'ignore') return noFloor
  const met = state.floors.flatMap((need) => {
    const fitting = rolloutsOf(need.package).flatMap((other) => fittingIn(other, need))
    if (fitting.some(({ other }) => goesAhead(state, other, rolloutsOf))) return []
    let best: { readonly release: ReleaseId | null; readonly basisPoints: number } = {
      release: null,
      basisPoints: 0,
    }
    for (const { other, release } of fitting) {
      const basisPoints = shareOf(state, other, release)
      if (best.release === null || basisPoints > best.basisPoints) best = { release, basisPoints }
    }
    const isGone = fitting.length > 0 && fitting.every(({ other }) => isOver(other))
    return best.basisPoints === 10_000 ? [] : [{ need, ...best, isGone }]
  })
  return {
    basisPoints: Math.min(10_000, ...met.map(({ basisPoints }) => basisPoints)),
    waitsFor: met.map(({ need, release, basisPoints }) => ({ need, release, basisPoints })),
    gone: met.flatMap(({ need, isGone }) => (isGone ? [need] : [])),
  }
}

/** The live rollouts that have what these needs ask for: whoever needs them meets the same users first. */
export function floorRollouts(needs: readonly Need[], rolloutsOf: RolloutsOf): readonly RolloutState[] {
  const found = needs.flatMap((need) =>
    rolloutsOf(need.package).filter((other) => isLive(other) && fittingIn(other, need).length > 0),
  )
  return [...new Set(found)]
}

function fittingIn(other: RolloutState, { package: id, range }: Need) {
  return other.members.flatMap(({ candidate }) => {
    if (packageIdOf(candidate) !== id) return []
    const version = candidate.slice(id.length + 1)
    return satisfiesRange(ecosystemOf(id), version, range) ? [{ other, release: candidate }] : []
  })
}

function shareOf(state: RolloutState, other: RolloutState, release: ReleaseId): number {
  if (other.blocked.includes(release)) return 0
  const share = basisPointsFor(other, release)
  return share === 10_000 || other.salt === state.salt ? share : 0
}

function isOver({ end }: RolloutState): boolean {
  return end !== null && end.kind !== 'completed'
}

/** Whether the other one needs this one in turn, and began later. */
function goesAhead(state: RolloutState, other: RolloutState, rolloutsOf: RolloutsOf): boolean {
  return isLive(other) && isBefore(state, other) && needsBack(other, state, rolloutsOf, new Set())
}

function isBefore(one: RolloutState, other: RolloutState): boolean {
  const [at, otherAt] = [one.startedAt ?? 0, other.startedAt ?? 0]
  return at < otherAt || (at === otherAt && one.id < other.id)
}

function needsBack(
  from: RolloutState,
  to: RolloutState,
  rolloutsOf: RolloutsOf,
  seen: Set<RolloutId>,
): boolean {
  if (from.id === to.id) return true
  if (seen.has(from.id)) return false
  seen.add(from.id)
  return floorRollouts(from.floors, rolloutsOf).some((next) => needsBack(next, to, rolloutsOf, seen))
}

/** What a need is called in sentences. */
export function sayNeed({ package: id, range }: Need): string {
  if (range === '') return id
  return id.startsWith('npm:') ? `${id}@${range}` : `${id} ${range}`
}

function ecosystemOf(id: PackageId) {
  return id.startsWith('npm:') ? 'npm' : 'pypi'
}
