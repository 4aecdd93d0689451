import type { Arm } from '../../gates/evidence.ts'
import type { ReachFact } from '../../gates/reach-fact.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { Assignment, CheckIn } from '../canaries/assignment.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import type { CanaryReport } from '../runs/canary-report.ts'

/** Takes what is told of a release, checks that it may be said, and asks for what was only hinted at. */
export interface EvidenceGatherer {
  /** The secret word of one try of one canary. */
  nonceOf(rollout: RolloutId, canary: string, tryNumber: number): string
  /** A file was fetched under a nonce. Unknown nonces are ignored. */
  recordFetch(rollout: RolloutId, arm: Arm, nonce: string, release: ReleaseId): Promise<void>
  /** A report from a canary's run: nonce, run and content are checked against what was dispatched. */
  report(report: CanaryReport): Promise<EngineOutcome>
  /** A run is said to have changed: fetch it from the forge and record what it proves. */
  gather(repositoryId: string, runId: number): Promise<void>
  /** A canary's own run offers to test, and takes what live rollouts want of it. */
  checkIn(from: CheckIn): Promise<readonly Assignment[]>
  /** The advisories of a package were set anew: its live rollouts learn of them, and are ticked. */
  advisoriesChanged(id: PackageId): Promise<void>
  /** What is counted beside a rollout's stated percent began to say something else. */
  noteReach(rollout: RolloutId, fact: ReachFact): Promise<void>
  /** The record of a package changed: its live rollouts learn what its publisher says of them now, and are ticked. */
  publicationChanged(id: PackageId): Promise<void>
}
