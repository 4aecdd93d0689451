import { inCohort } from '../../cohort/bucket.ts'
import type { Policy } from '../../gates/policy.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { Phase, RolloutState } from './state.ts'

/** A rollout that has begun and not ended. */
export type LiveRollout = RolloutState & {
  readonly policy: Policy
  readonly startedAt: number
  readonly end: null
}

export function isLive(state: RolloutState): state is LiveRollout {
  return state.end === null && state.startedAt !== null && state.policy !== null
}

/** The phase that the facts amount to. */
export function phaseOf(state: RolloutState): Phase {
  if (state.unread !== null) return 'held'
  if (state.end !== null) return state.end.kind
  if (!isLive(state)) return 'staged'
  if (state.pausedSince !== null) return 'paused'
  if (state.heldSince !== null) return 'held'
  return state.stageIndex === 0 ? 'staged' : 'rolling'
}

/** Share of the cohort space (0..10000) that sees the candidates that have a baseline. */
export function basisPointsOf(state: RolloutState): number {
  if (state.end !== null) return state.end.kind === 'completed' ? 10_000 : 0
  if (!isLive(state)) return 0
  return state.policy.stages[state.stageIndex]?.basisPoints ?? 0
}

/**
 * Share of the cohort space that sees one member. A member without baseline is visible to all from the start
 * on, because there is nothing to show instead. Unknown releases are seen by nobody.
 */
export function basisPointsFor(state: RolloutState, release: ReleaseId): number {
  const member = state.members.find(({ candidate }) => candidate === release)
  if (member === undefined || isBoarding(state, release)) return 0
  if (state.startedAt !== null && member.baseline === null) return 10_000
  return basisPointsOf(state)
}

/** Whether a member of its family, found after it began, is still shown to nobody. */
export function isBoarding({ boarding, end }: RolloutState, release: ReleaseId): boolean {
  return end === null && Object.hasOwn(boarding, release)
}

/** Groups that see the candidate: those of all stages entered so far. */
export function groupsOf(state: RolloutState): ReadonlySet<string> {
  if (!isLive(state)) return new Set()
  return new Set(state.policy.stages.slice(0, state.stageIndex + 1).flatMap(({ groups }) => groups))
}

/** Cohort keys that see the candidate whatever their bucket: those of the groups of all stages entered so far. */
export function groupKeysOf(state: RolloutState): ReadonlySet<string> {
  const groups = state.policy?.groups ?? {}
  return new Set([...groupsOf(state)].flatMap((group) => ownEntry(groups, group) ?? []))
}

/** Whether a cohort key, with its bucket in this rollout, sees a member's candidate. */
export function seesCandidate(state: RolloutState, release: ReleaseId, key: string, bucket: number): boolean {
  if (inCohort(bucket, basisPointsFor(state, release))) return true
  return (
    isLive(state) &&
    !isBoarding(state, release) &&
    state.members.some(({ candidate }) => candidate === release) &&
    groupKeysOf(state).has(key)
  )
}
