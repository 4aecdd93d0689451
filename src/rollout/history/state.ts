import type { ContentsFact, FindingAnswer } from '../../gates/contents/contents-facts.ts'
import type {
  AdvisoryFact,
  ApprovalFact,
  BlockerFact,
  BlockerSearch,
  CanaryFacts,
  CheckFact,
  CheckSearch,
  HoldFact,
  HttpFact,
} from '../../gates/evidence.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import type { Policy, PolicySource } from '../../gates/policy.ts'
import type { DismissalFact, ForgeReleaseFact, PublicationFact } from '../../gates/publication-fact.ts'
import type { ReachFact } from '../../gates/reach-fact.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { Actor } from './actor.ts'
import type { DependentRef } from './dependent-ref.ts'
import type { Member, Need, Origin, Overridden, PullRequestRef, RolloutId, SealedFile } from './event.ts'
import type { LikenessFact } from './likeness.ts'

export type End = 'completed' | 'rolled-back' | 'superseded' | 'abandoned'

/** Derived, never stored: see `phaseOf`. */
export type Phase = 'staged' | 'rolling' | 'held' | 'paused' | End

/** A line of the history people read; the engine keeps the full events. */
export interface Transition {
  /** Number of the event in its stream, from 0. */
  readonly version: number
  readonly type:
    | 'started'
    | 'stage-entered'
    | 'boarded'
    | 'seated'
    | 'overtaken'
    | 'lead-regained'
    | 'rebased'
    | 'held'
    | 'released'
    | 'paused'
    | 'lowered'
    | 'resumed'
    | 'approved'
    | 'hold-placed'
    | 'waived'
    | 'finding-answered'
    | 'canary-retried'
    | 'bisect-started'
    | 'bisect-ended'
    | 'completed'
    | 'rolled-back'
    | 'superseded'
    | 'abandoned'
    | 'blocked'
    | 'unblocked'
    | 'hurried'
    | 'regraded'
    | 'catch-up-allowed'
    | 'dismissed'
  readonly at: number
  readonly actor: Actor
  readonly reason: string
  readonly basisPoints: number
  /** The gates that a person went past with an advance; absent where there were none. */
  readonly overrode?: readonly Overridden[]
}

/** Facts of one rollout, folded from its events. Status (phase, percent, comparisons) is derived from it. */
export interface RolloutState {
  readonly id: RolloutId
  /** Number of events folded in; the version expected by the next append. */
  readonly version: number
  /** Hash of the last event; 64 zeros before the first. */
  readonly head: string
  readonly train: string | null
  /** Baselines are null until it begins. */
  readonly members: readonly Member[]
  /** Members of its family that came after it began and are shown to nobody yet: since when their own first stage counts, integer ms. */
  readonly boarding: Readonly<Record<ReleaseId, number>>
  /** What only releases gave it that were still rolling out when it began. */
  readonly floors: readonly Need[]
  readonly salt: string
  /** When the salt was drawn, which may be long before this rollout; its reservation until it begins. */
  readonly saltDrawnAt: number
  readonly policy: Policy | null
  readonly policySource: PolicySource | null
  readonly restartOf: RolloutId | null
  readonly origin: Origin | null
  /** When its commit was seen, where that was after the start. */
  readonly originSeenAt: number | null
  readonly reservedAt: number
  readonly startedAt: number | null
  /** Null until sealed; files that come later are refused. */
  readonly sealedFiles: readonly SealedFile[] | null
  readonly stageIndex: number
  readonly stageEnteredAt: number
  /** Time since then that counts for no bake, ms, and up to when that is known. */
  readonly unwatchedMs: number
  readonly watchedFrom: number
  /** Share that it came to through its own gates, basis points. */
  readonly earned: number
  /** Share that an older live release of the line, which it is like, had when the stage was entered, basis points. */
  readonly reached: number
  /** By older release: whether it is like that one. */
  readonly likenesses: Readonly<Record<string, LikenessFact>>
  /** What was counted beside the stated percent; null while that is as stated or nobody knows. */
  readonly reach: ReachFact | null
  /** The newer rollout of its line that is ahead of it, and since when. */
  readonly overtaken: { readonly by: RolloutId; readonly since: number } | null
  /** Set by the tick while gates say hold. */
  readonly heldSince: number | null
  readonly heldBecause: readonly string[]
  readonly pausedSince: number | null
  /** Share that it had before a person lowered it, basis points; 0: nobody did. */
  readonly loweredFrom: number
  /** Share up to which a person lets it catch up with an older release, basis points; 0: nobody did. */
  readonly catchUpTo: number
  readonly end: {
    readonly kind: End
    readonly at: number
    readonly direct: boolean
    readonly automatic: boolean
    readonly supersededBy: RolloutId | null
    readonly regressions: readonly string[]
  } | null
  /**
   * Why its stored history cannot be trusted; null for a whole one. No event says it: whoever reads the store does, and
   * sets `end` beside it, so that nothing acts on what is not known. To people it is held.
   */
  readonly unread: string | null
  readonly blocked: readonly ReleaseId[]
  readonly canaries: Readonly<Record<string, CanaryFacts>>
  /** Canaries with a search for the first bad release under way, by id; also after the end. */
  readonly searching: readonly string[]
  readonly blockers: Readonly<Record<string, BlockerFact>>
  readonly blockerSearch: BlockerSearch
  /** By name; of the release commit. */
  readonly checks: Readonly<Record<string, CheckFact>>
  readonly checkSearch: CheckSearch
  readonly advisorySearch: CheckSearch
  /** By `<id> <release>`. */
  readonly advisories: Readonly<Record<string, AdvisoryFact>>
  /** Whether the files of candidate and baseline are compared before anybody gets it. */
  readonly compares: boolean
  /** By candidate. */
  readonly contents: Readonly<Record<string, ContentsFact>>
  readonly findingAnswers: readonly FindingAnswer[]
  /** Who published it, as they sign; nobody where it came from another index. */
  readonly publishedBy: readonly string[]
  /** By stage index. */
  readonly http: Readonly<Record<string, HttpFact>>
  readonly approvals: readonly ApprovalFact[]
  readonly holds: readonly HoldFact[]
  /** By candidate; a candidate without an entry is offered like any other. */
  readonly publications: Readonly<Record<string, PublicationFact>>
  readonly dismissals: readonly DismissalFact[]
  /** Null while nobody heard of the forge's release since the start. */
  readonly forgeRelease: ForgeReleaseFact | null
  /** When the forge was last asked for the release of the tag, and whether it ever had one. */
  readonly releaseLook: { readonly at: number | null; readonly seen: boolean }
  /** By `cluster/basis points/arm`. */
  readonly exposures: Readonly<Record<string, ExposureFact>>
  /** Runs under the candidate arm when the stage was entered. */
  readonly runsAtEntry: number
  /** Fetches under nonces, by `canary/try/arm`: the releases proven to be downloaded. */
  readonly fetched: Readonly<Record<string, readonly ReleaseId[]>>
  readonly pullRequests: readonly PullRequestRef[]
  /** Dependents whose own runs met a candidate through the index, ascending by id. */
  readonly shownTo: readonly DependentRef[]
  readonly transitions: readonly Transition[]
  /** Time of the last transition. `abandonAfter` counts from it or a newer result (`lastProgressAt`). */
  readonly progressAt: number
}
