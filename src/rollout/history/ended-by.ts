import type { RolloutEvent } from './event.ts'
import type { End, RolloutState } from './state.ts'

/** The facts after an end of any kind. */
export function endedBy(state: RolloutState, event: Extract<RolloutEvent, { type: End }>): RolloutState {
  switch (event.type) {
    case 'completed':
      return ended(state, event, { direct: event.direct })
    case 'rolled-back':
      return ended(state, event, { automatic: event.automatic, regressions: event.regressions })
    case 'superseded':
      return ended(state, event, { supersededBy: event.by })
    case 'abandoned':
      return ended(state, event, {})
  }
}

function ended(
  state: RolloutState,
  event: Extract<RolloutEvent, { type: End }>,
  details: Partial<NonNullable<RolloutState['end']>>,
): RolloutState {
  const none = { direct: false, automatic: false, supersededBy: null, regressions: [] }
  return { ...state, end: { ...none, ...details, kind: event.type, at: event.at } }
}
