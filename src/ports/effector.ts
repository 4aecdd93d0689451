import type { Effect } from '../rollout/effects/effect.ts'
import type { Explanation } from '../rollout/explaining/explanation.ts'
import type { Signal } from '../rollout/history/event.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import type { AppliedEffect } from './effect-log.ts'
import type { ForgeFailure, Repository } from './forge.ts'

/** What an effect needs to know: pure data plus what was applied under its key before. */
export interface EffectContext {
  readonly state: RolloutState
  readonly explanation: Explanation
  readonly applied: AppliedEffect | null
  /** Other applied effects of this rollout, e.g. the tracking issue that a comment goes to. */
  readonly siblings: readonly AppliedEffect[]
  /** Where a dispatch goes, as it was last seen; null: to be looked up. */
  readonly repository: Repository | null
  /** Nonce of a canary's try. */
  readonly nonce: (canary: string, tryNumber: number) => string
  /** The keyed hash under which a repository's own runs are counted in this rollout. */
  readonly clusterOf: (repositoryId: string) => string
  readonly now: number
}

export type EffectOutcome =
  | {
      readonly ok: true
      readonly place: Readonly<Record<string, string | number | null>>
      /** Facts learned by applying it (a run id, the pull requests found); recorded with recordSignal. */
      readonly signals: readonly Signal[]
    }
  /** Not possible now (`retryAt` null: at the next tick) or for good: then it is recorded, and the signals with it. */
  | {
      readonly ok: false
      readonly failure: ForgeFailure
      readonly final: boolean
      readonly signals: readonly Signal[]
    }

/** What is wrong with a repository's own file, and what was said of it before. */
export interface FileReport {
  readonly repository: Repository
  /** Null: nothing is wrong any more. */
  readonly problems: string | null
  readonly applied: AppliedEffect | null
}

/** Makes one effect true in the outside world. GitHub is the only one; without it the engine applies none. */
export interface Effector {
  apply(effect: Effect, context: EffectContext): Promise<EffectOutcome>
  /** Keeps the one issue about the file of a repository true; closed when nothing is wrong. */
  tellFile(report: FileReport): Promise<EffectOutcome>
}
