import type { RecordedEvent } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'

export interface Change {
  readonly state: RolloutState
  readonly events: readonly RecordedEvent[]
}
