import type { RolloutState } from '../../rollout/history/state.ts'

/** One test on one machine of a fleet, vouched for by whoever operates the package. */
export interface MachineRun {
  /** The machine's cohort key; stored only as a keyed hash. */
  readonly key: string
  /** The group that the machine names as its own. */
  readonly ring: string | null
  /** `trying`: it asks whether it may take the candidate up. */
  readonly outcome: 'trying' | 'success' | 'failure'
  /** On how many machines the candidate may have failed for this one to take it up. */
  readonly failures: number
}

/** What a machine is told: whether it may take the candidate up, and what the fleet has said so far. */
export interface MachineAnswer {
  readonly state: RolloutState
  readonly changed: boolean
  readonly takeUp: 'yes' | 'failed' | 'wait'
}
