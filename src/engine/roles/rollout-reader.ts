import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RecordedEvent, RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { Change } from '../core/change.ts'
import type { RolloutList } from '../past/rollout-list.ts'
import type { StartProblem } from '../starting/start-problems.ts'

/** Reads rollouts: synchronously and from memory, but for the full history. */
export interface RolloutReader {
  /** By rollout id, or by release id: then its newest rollout. */
  find(id: RolloutId | ReleaseId): RolloutState | null
  /** Rollouts that have a member of this package, newest first. */
  rolloutsOf(id: PackageId): readonly RolloutState[]
  /** Every one that has not ended, and those that ended lately; `list` has them all. */
  all(): readonly RolloutState[]
  readonly list: RolloutList
  /** Why it is where it is; where it could not begin, the refusal of the last attempt comes first. */
  explain(state: RolloutState): Explanation
  /** Why a reserved rollout could not begin when it was last tried; null once it has. */
  startProblem(id: RolloutId): StartProblem | null
  /** Full chained events of a rollout. */
  history(id: RolloutId): Promise<readonly RecordedEvent[]>
  /** The canary and try behind a nonce, or null. */
  canaryOfNonce(rollout: RolloutId, nonce: string): { readonly canary: string; readonly try: number } | null
  /** Of the last event of the log that counts here. */
  position(): number
  /** Called synchronously after each append, before the command's promise resolves. */
  onChange(listener: (change: Change) => void): () => void
}
