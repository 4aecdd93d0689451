import type { Arm } from '../../gates/evidence.ts'
import type { ForgeFailure, Repository } from '../../ports/forge.ts'
import type { OfferRecord } from '../../ports/offer-store.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RecordedEvent, RolloutId, SealedFile } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { Assignment, CheckIn } from '../canaries/assignment.ts'
import type { Condition } from '../canaries/condition.ts'
import type { CanaryReport } from '../runs/canary-report.ts'
import type { MachineRun } from '../runs/machine-run.ts'
import type { NaturalRun } from '../runs/natural-run.ts'
import type { StartProblem } from '../starting/start-problems.ts'
import type { StartRequest } from '../starting/start-request.ts'
import type { UploadRequest } from '../starting/upload-request.ts'
import type { Change } from './change.ts'
import type { EngineOutcome } from './engine-outcome.ts'
import type { Who } from './who.ts'

/**
 * The imperative shell around the heart: loads, decides, appends with bounded retries, keeps every rollout in
 * memory, reconciles effects. Reads are synchronous and never touch storage.
 */
export interface Engine {
  /** By rollout id, or by release id: then its newest rollout. */
  find(id: RolloutId | ReleaseId): RolloutState | null
  /** Rollouts that have a member of this package, newest first. */
  rolloutsOf(id: PackageId): readonly RolloutState[]
  all(): readonly RolloutState[]
  /** Why it is where it is; where it could not begin, the refusal of the last attempt comes first. */
  explain(state: RolloutState): Explanation
  /** Why a reserved rollout could not begin when it was last tried; null once it has. */
  startProblem(id: RolloutId): StartProblem | null
  /** Full chained events of a rollout. */
  history(id: RolloutId): Promise<readonly RecordedEvent[]>

  /**
   * Runs one command on one rollout and, for facts, the tick in the same transaction. `seal` data and freeze
   * are filled in by the engine where a command carries them (`files: []`, `freeze: null` are fine).
   */
  run(id: RolloutId, command: CommandBody, who: Who): Promise<EngineOutcome>
  /** Resolves policy, roster, baselines and older rollouts of the line; begins the rollout. Repeated: no change. Refused before the files are here. */
  start(request: StartRequest): Promise<EngineOutcome>
  /** Before files exist: reserves names and policy. */
  reserve(request: StartRequest): Promise<EngineOutcome>
  /** Makes sure that a new final with a baseline is hidden before its first byte is stored, or refuses the file. Null state: no rollout is needed (pre-release). */
  admitUpload(
    request: UploadRequest,
  ): Promise<
    | { readonly ok: true; readonly state: RolloutState | null }
    | { readonly ok: false; readonly refusal: Refusal }
  >
  /** After a file is stored: begins npm rollouts at once, notes the settle time for PyPI. */
  uploaded(release: ReleaseId, file: SealedFile, who: Who): Promise<void>

  nonceOf(rollout: RolloutId, canary: string, tryNumber: number): string
  /** The canary and try behind a nonce, or null. */
  canaryOfNonce(rollout: RolloutId, nonce: string): { readonly canary: string; readonly try: number } | null
  /** A file was fetched under a nonce. Unknown nonces are ignored. */
  recordFetch(rollout: RolloutId, arm: Arm, nonce: string, release: ReleaseId): Promise<void>
  /** A report from a canary's run: nonce, run and content are checked against what was dispatched. */
  report(report: CanaryReport): Promise<EngineOutcome>
  /** A test on a machine of a fleet, counted under the arm its key was assigned to. */
  recordMachineRun(rollout: RolloutId, run: MachineRun, who: Who): Promise<EngineOutcome>
  /** The opaque cohort key of a repository (`r-…`), the same for everybody who proves to be it. */
  keyOf(repositoryId: string): string
  /** An ordinary run, already authenticated: counted in so many live rollouts, each attempt once. */
  recordRun(run: NaturalRun): Promise<number>
  /** A run is said to have changed: fetch it from the forge and record what it proves. */
  gather(repositoryId: string, runId: number): Promise<void>

  /** A canary's own run offers to test, and takes what live rollouts want of it. */
  checkIn(from: CheckIn): Promise<readonly Assignment[]>
  /** A repository's file may have changed: read it, store what it offers. The failure, when it could not be read. */
  readOffers(repository: Repository): Promise<ForgeFailure | null>
  /** What a repository's file was last known to offer. */
  offersOf(repositoryId: string): Promise<OfferRecord | null>
  /** A repository cannot be asked any more; `forget`: it offers nothing from now on. */
  lostCanary(repositoryId: string, condition: Condition, forget: boolean): Promise<void>
  /** The same for every repository that an installation of the App gave access to. */
  lostInstallation(installationId: number, condition: Condition, forget: boolean): Promise<void>

  /** The advisories of a package were set anew: its live rollouts learn of them, and are ticked. */
  advisoriesChanged(id: PackageId): Promise<void>

  /** One pass over everything due: settle uploads, ticks, deadlines. Resolves when appended. */
  tick(): Promise<void>
  /** What stands at this place (`{repositoryId, issue}`, `{repositoryId, comment}`) is no longer what was put there. */
  drifted(place: Readonly<Record<string, string | number>>): Promise<void>
  /** Compares wanted with applied effects for rollouts that changed (or all) and applies the difference. */
  reconcile(id?: RolloutId): Promise<void>
  /** Called synchronously after each append, before the command's promise resolves. */
  onChange(listener: (change: Change) => void): () => void
  /** Begins no more effects; resolves when those under way and the last append are through. Stop timers first. */
  close(): Promise<void>
}
