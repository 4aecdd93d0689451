import type { RolloutId } from '../../rollout/history/event.ts'
import type { Who } from '../core/who.ts'
import type { MachineRun } from '../runs/machine-run.ts'
import type { NaturalRun } from '../runs/natural-run.ts'
import type { MachineOutcome } from '../runs/record-machine-run.ts'

/** Counts how ordinary runs ended, by what their cohort key was shown. */
export interface RunCounter {
  /** A test on a machine of a fleet, counted under the arm its key was assigned to. */
  recordMachineRun(rollout: RolloutId, run: MachineRun, who: Who): Promise<MachineOutcome>
  /** The opaque cohort key of a repository (`r-…`), the same for everybody who proves to be it. */
  keyOf(repositoryId: string): string
  /** Notes that a repository asked for its key; two weeks later it has a vote in rollouts that begin then. */
  meet(repositoryId: string): Promise<void>
  /** An ordinary run, already authenticated: counted in so many live rollouts, each attempt once. */
  recordRun(run: NaturalRun): Promise<number>
}
