import { candidateRuns } from '../../gates/kinds/bake.ts'
import type { EventBody, RolloutEvent } from './event.ts'
import { basisPointsOf } from './phase.ts'
import type { RolloutState } from './state.ts'

// What happens to the stage of a rollout, and to the time that counts for its bake.

type EventOf<Type extends EventBody['type']> = Extract<RolloutEvent, { type: Type }>

/** A stage begins. */
export function stageEntered(state: RolloutState, event: EventOf<'stage-entered'>): RolloutState {
  const { index, forced, reached = 0 } = event
  // Whoever was hurried past a stage has not come there by its gates; the next stage that passes makes up for it.
  const earned = forced ? state.earned : (state.policy?.stages[index]?.basisPoints ?? state.earned)
  return { ...state, ...bakeAnew(state, event.at), stageIndex: index, earned, reached }
}

/** The clock of a stage from the start. */
export function bakeAnew(
  { exposures }: RolloutState,
  at: number,
): Pick<RolloutState, 'stageEnteredAt' | 'unwatchedMs' | 'watchedFrom' | 'runsAtEntry'> {
  return { stageEnteredAt: at, unwatchedMs: 0, watchedFrom: at, runsAtEntry: candidateRuns(exposures) }
}

/** Time that no server ran counts for no bake. */
export function unwatched(state: RolloutState, { from, to }: EventOf<'unwatched'>): RolloutState {
  const ms = Math.max(0, to - Math.max(from, state.watchedFrom))
  return { ...state, unwatchedMs: state.unwatchedMs + ms, watchedFrom: Math.max(to, state.watchedFrom) }
}

/** It leads again, and its bake begins anew. */
export function leadRegained(state: RolloutState, event: EventOf<'lead-regained'>): RolloutState {
  return { ...state, ...bakeAnew(state, event.at), overtaken: null }
}

/** Down to a stage, and paused there. */
export function lowered(state: RolloutState, event: EventOf<'lowered'>): RolloutState {
  const loweredFrom = Math.max(state.loweredFrom, basisPointsOf(state))
  return {
    ...state,
    ...bakeAnew(state, event.at),
    stageIndex: event.index,
    pausedSince: event.at,
    loweredFrom,
  }
}

/** Whatever time passed while it was stopped, nobody saw it: the stage that it goes on from bakes from now on. */
export function resumed(state: RolloutState, event: EventOf<'resumed'>): RolloutState {
  const isLowered = state.policy !== null && basisPointsOf(state) < state.loweredFrom
  return { ...state, ...(isLowered ? bakeAnew(state, event.at) : {}), pausedSince: null }
}
