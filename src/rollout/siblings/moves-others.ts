import type { RolloutEvent } from '../history/event.ts'

/** What changes how the others of a package stand, or what they are compared with. */
const MOVES: ReadonlySet<RolloutEvent['type']> = new Set([
  'started',
  'stage-entered',
  'lowered',
  'held',
  'released',
  'paused',
  'resumed',
  'completed',
  'rolled-back',
  'superseded',
  'abandoned',
  'blocked',
  'unblocked',
])

/** Whether the other live rollouts of a rollout's packages have to be looked at after these events. */
export function movesOthers(events: readonly RolloutEvent[]): boolean {
  return events.some(({ type }) => MOVES.has(type))
}
