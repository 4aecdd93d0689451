import { packageIdOf } from '../../versions/release.ts'
import { basisPointsOf, isLive, phaseOf } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { isNewer, standingOf } from '../siblings/standing.ts'
import type { OtherRelease } from './explanation.ts'

/** The other live releases of a rollout's packages, and how they stand to it. `world`: all rollouts of its packages. */
export function otherReleases(state: RolloutState, world: readonly RolloutState[]): readonly OtherRelease[] {
  if (!isLive(state)) return []
  return world
    .filter((other) => other.id !== state.id && isLive(other))
    .map((other) => otherOf(state, other, world))
}

function otherOf(state: RolloutState, other: RolloutState, world: readonly RolloutState[]): OtherRelease {
  const releases = other.members.map(({ candidate }) => candidate)
  const standing = standingOf(other, world)
  const isBehind = standing.kind === 'overtaken' && standing.by === state.id
  const stands = state.overtaken?.by === other.id ? 'ahead' : isBehind ? 'overtaken' : 'beside'
  const percent = basisPointsOf(other) / 100
  const names = releases.join(', ')
  const where = `${names} is ${phaseOf(other)} at ${percent} %`
  const sentence = {
    ahead: `${where} and ahead of it.`,
    overtaken: `${where}, overtaken by it: it keeps its percent, and ends when this one completes.`,
    beside: `${where}, beside it.`,
  }[stands]
  return { rollout: other.id, releases, phase: phaseOf(other), percent, stands, sentence }
}

/** How a rollout that is overtaken says so, and what makes it go on; null for any other. */
export function overtakenWords(
  { overtaken }: RolloutState,
  others: readonly OtherRelease[],
): { readonly sentence: string; readonly next: string } | null {
  if (overtaken === null) return null
  const ahead = others.find(({ rollout }) => rollout === overtaken.by)
  const name = ahead?.releases.join(', ') ?? overtaken.by
  const at = ahead === undefined ? '' : ` (${ahead.percent} %)`
  return {
    sentence: `Overtaken: ${name}${at} is ahead of it, so its bake stands still; who has it keeps it.`,
    next: `It ends when ${name} completes. When that is taken back, held or paused instead, this one leads again and its bake begins anew.`,
  }
}

/** What took the place of a superseded rollout, by its releases; null where nothing did, or it is not known any more. */
export function successorOf({ end }: RolloutState, world: readonly RolloutState[]): string | null {
  const by = end?.supersededBy ?? null
  const successor = by === null ? undefined : world.find(({ id }) => id === by)
  return successor?.members.map(({ candidate }) => candidate).join(', ') ?? null
}

/** So many releases in a row that never completed are worth a word. */
const worthSaying = 3

/**
 * What is to be said when one release of a line after the other ends without having been completed; empty otherwise.
 * Counted are those before this one, newest first.
 */
export function neverCompleted(state: RolloutState, world: readonly RolloutState[]): readonly string[] {
  if (!isLive(state)) return []
  const before = world
    .filter((other) => other.startedAt !== null && other.startedAt < state.startedAt && isNewer(state, other))
    .sort((left, right) => (right.startedAt ?? 0) - (left.startedAt ?? 0))
  const last = before.findIndex(({ end }) => end?.kind === 'completed')
  const count = last === -1 ? before.length : last
  if (count < worthSaying) return []
  const [id = ''] = state.members.map(({ candidate }) => packageIdOf(candidate))
  const choices =
    'a faster profile, onNewer: pipeline (each release has its own clock), a wider line, or more time between releases'
  return [
    `The last ${count} releases of this line of ${id} never completed, because the next one came first: ${choices} would let one complete.`,
  ]
}
