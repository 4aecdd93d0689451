import type { Arm, ArmResult } from '../../gates/evidence.ts'
import type { RolloutId } from '../../rollout/history/event.ts'

/** A canary's report, already authenticated: the run it came from is proven, the nonce is not yet checked. */
export interface CanaryReport {
  readonly rollout: RolloutId
  readonly try: number
  readonly nonce: string
  readonly identity: {
    readonly repositoryId: string
    readonly runId: number
    readonly runAttempt: number
    readonly url: string | null
    /** File name of the workflow that ran, from the same proof; absent: not known. */
    readonly workflow?: string
    /** The same proof says that its repository is private by now. */
    readonly private?: boolean
    /** The commit that ran, with its workflow's file; absent: not known. */
    readonly commit?: string
  }
  /** How many legs the run's matrix has; absent: as many as this report brings. */
  readonly of?: number
  readonly legs: readonly {
    readonly leg: string
    readonly arms: Readonly<
      Partial<Record<Arm, Pick<ArmResult, 'outcome' | 'installed' | 'commit' | 'detail' | 'told'>>>
    >
  }[]
}
