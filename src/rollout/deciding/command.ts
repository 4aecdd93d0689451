import type { RosterEntry } from '../../gates/evidence.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import type { Policy, PolicySource } from '../../gates/policy.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { Actor } from '../history/actor.ts'
import type {
  Member,
  Need,
  Origin,
  ResultFact,
  RolloutId,
  SealedFile,
  Signal,
  Unwatched,
} from '../history/event.ts'
import type { Surroundings } from '../siblings/surroundings.ts'
import type { Look } from './stale-looks.ts'

/** What somebody wants, imperative. Everything `decide` needs arrives in it; nothing is looked up. */
export type CommandBody =
  | {
      readonly type: 'reserve'
      readonly id: RolloutId
      readonly releases: readonly ReleaseId[]
      readonly train: string | null
      readonly salt: string
      readonly policy: Policy | null
      readonly policySource: PolicySource | null
      readonly restartOf: RolloutId | null
    }
  /** Begins: policy and roster are frozen, bake and canaries start. `salt` differs from the reserved one where it is shared. */
  | {
      readonly type: 'start'
      readonly members: readonly Member[]
      /** Reserved and without a file when the train leaves; absent: none. */
      readonly leftOut?: readonly ReleaseId[]
      /** As its owner's file calls it; absent: as it was reserved. */
      readonly train?: string | null
      readonly policy: Policy
      readonly policySource: PolicySource
      readonly roster: readonly RosterEntry[]
      readonly origin: Origin | null
      readonly salt: string
      readonly saltDrawnAt: number
      /** Present files, sealed where somebody sees a candidate at once. */
      readonly files: readonly SealedFile[]
      readonly freeze: { readonly until: number; readonly rollbacks: number } | null
      /** What only releases give it that are still rolling out; absent: nothing. */
      readonly floors?: readonly Need[]
      /** Somebody here compares files; absent: nobody. */
      readonly compares?: boolean
    }
  /** By whoever found it: one more of a family of another index, which has begun. `since`: its own first stage counts from there, integer ms. */
  | { readonly type: 'board'; readonly member: Member; readonly since: number }
  /** Before it begins, or another build of a public version of it while it takes files. */
  | { readonly type: 'join'; readonly candidate: ReleaseId }
  /** By the engine: its releases leave in another rollout. */
  | { readonly type: 'absorb'; readonly by: RolloutId }
  | { readonly type: 'seal'; readonly files: readonly SealedFile[] }
  | { readonly type: 'recordResult'; readonly fact: ResultFact }
  | { readonly type: 'recordSignal'; readonly signal: Signal }
  | { readonly type: 'recordExposure'; readonly fact: ExposureFact }
  /** `freeze`: set while the package had more rollbacks than the policy's `freezeAfter` allows; stops raises only. `files`: present files, sealed when the tick leaves stage 0. */
  | {
      readonly type: 'tick'
      /** What has to be read from the forge once more before a raise (`stale-looks.ts`); absent: nothing. */
      readonly unseen?: readonly Look[]
      readonly freeze: { readonly until: number; readonly rollbacks: number } | null
      readonly files: readonly SealedFile[]
      /** Time that no server ran and that counts for no bake; absent: none. */
      readonly unwatched?: Unwatched | null
      /** How the others of its packages stand; absent: alone. */
      readonly surroundings?: Surroundings
    }
  /** By the engine, when a baseline is no longer there: the members with what is shown instead now. */
  | { readonly type: 'rebase'; readonly members: readonly Member[] }
  | { readonly type: 'approve' }
  /** `to`: basis points of a stage; null for the next one. At the last stage it completes. */
  | {
      readonly type: 'advance'
      readonly to: number | null
      readonly files: readonly SealedFile[]
      /** As with `tick`; absent: none. */
      readonly freeze?: { readonly until: number; readonly rollbacks: number } | null
      /** As with `tick`; absent: alone. */
      readonly surroundings?: Surroundings
    }
  | { readonly type: 'pause' }
  /** `to`: basis points of an earlier stage; 0 is a stop. */
  | { readonly type: 'lower'; readonly to: number }
  | { readonly type: 'resume' }
  /** `installable`: the baselines can still be installed; `newerCompleted`: a newer final completed meanwhile (matters after `completed`). */
  | { readonly type: 'rollBack'; readonly installable: boolean; readonly newerCompleted: ReleaseId | null }
  | { readonly type: 'waive'; readonly canary: string }
  | { readonly type: 'hold'; readonly durationMs: number }
  /** `code`: what was found, as the explanation names it; `what`: one thing of it; absent or null: all. */
  | {
      readonly type: 'dismiss'
      readonly code: string
      readonly what?: string | null
      /** By the engine: how many people must stand behind what is about trust, the publisher among them; absent: 2. */
      readonly signoffs?: 1 | 2
      /** By the engine: whoever says this published it, and another maintainer is known. */
      readonly shared?: boolean
    }
  | { readonly type: 'retryCanary'; readonly canary: string }
  /** `between`: the installable releases of the line between baseline and candidate, ascending. */
  | { readonly type: 'bisectCanary'; readonly canary: string; readonly between: readonly ReleaseId[] }
  | { readonly type: 'abandon' }
  | { readonly type: 'block' }
  | { readonly type: 'unblock' }
  | { readonly type: 'urgent' }
  | { readonly type: 'catchUp'; readonly surroundings?: Surroundings }

export type Command = CommandBody & {
  readonly at: number
  readonly actor: Actor
  readonly reason: string
}
