import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { RolloutId, SealedFile } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import type { Who } from '../core/who.ts'
import type { StartRequest } from '../starting/start-request.ts'
import type { UploadRequest } from '../starting/upload-request.ts'

/** Starts releases: what publishes, and what says that the files are there. */
export interface ReleaseStarter {
  /** Resolves policy, roster, baselines and older rollouts of the line; begins the rollout. Repeated: no change. Refused before the files are here. */
  start(request: StartRequest): Promise<EngineOutcome>
  /** Takes a release of another index that was found late into the rollout of its family; `since`: when its own first stage began, integer ms. */
  board(rollout: RolloutId, release: ReleaseId, since: number): Promise<EngineOutcome>
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
}
