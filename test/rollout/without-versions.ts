import { CHAIN_START } from '../../src/rollout/history/chain.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'

/** A state without what may differ between two orders of the same evidence. */
export function withoutVersions(state: RolloutState | null): unknown {
  if (state === null) return null
  const transitions = state.transitions.map((transition) => ({ ...transition, version: 0 }))
  return { ...state, head: CHAIN_START, version: 0, transitions }
}
