import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { RolloutState } from '../../rollout/history/state.ts'

/** What came of a command. `changed` is false when it was accepted and nothing had to happen. */
export type EngineOutcome =
  | { readonly ok: true; readonly state: RolloutState; readonly changed: boolean }
  | { readonly ok: false; readonly refusal: Refusal }
