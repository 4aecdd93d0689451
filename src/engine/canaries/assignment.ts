import type { Repository } from '../../ports/forge.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { PackageId } from '../../versions/release.ts'

/** A canary's own workflow says that it is there; the run it speaks from is proven. */
export interface CheckIn {
  readonly repository: Pick<Repository, 'id' | 'fullName' | 'private'>
  readonly runId: number
  /** File name of the workflow. */
  readonly workflow: string
  readonly packages: readonly PackageId[]
}

/** A try that the run is to make. */
export interface Assignment {
  readonly state: RolloutState
  readonly try: number
  readonly nonce: string
}
