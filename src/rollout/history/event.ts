import type { ContentsFact, FindingAnswer } from '../../gates/contents/contents-facts.ts'
import type {
  AdvisoryFact,
  Arm,
  ArmResult,
  BisectFacts,
  BisectFound,
  BlockerFact,
  CanaryCondition,
  CheckFact,
  DispatchFact,
  HttpFact,
  RosterEntry,
} from '../../gates/evidence.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import type { Policy, PolicySource } from '../../gates/policy.ts'
import type { ForgeReleaseFact, PublicationFact } from '../../gates/publication-fact.ts'
import type { ReachFact } from '../../gates/reach-fact.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { Actor } from './actor.ts'
import type { DependentRef } from './dependent-ref.ts'
import type { LikenessFact } from './likeness.ts'

export type RolloutId = string

/** One release of a rollout and what its users get instead while it is hidden. */
export interface Member {
  readonly candidate: ReleaseId
  /**
   * What is shown instead while it is hidden: the greatest completed final below it. Null for the first release of a
   * package: visible to all.
   */
  readonly baseline: ReleaseId | null
}

/** Another package that a candidate cannot do without: an npm range, or the clauses of a Python specifier (empty: any). */
export interface Need {
  readonly release: ReleaseId
  readonly package: PackageId
  readonly range: string
}

/** The commit a release was made from, and the repository that owns the package. */
export interface Origin {
  readonly repositoryId: string
  readonly repository: string
  readonly commit: string | null
  readonly tag: string | null
  /** Installation that may speak for the repository, when known. */
  readonly installationId: number | null
}

export interface SealedFile {
  readonly release: ReleaseId
  readonly name: string
  readonly sha256: string
}

/** A pull request to tell: one contained in the release, or a dependent's that bumps to it. */
export interface PullRequestRef {
  readonly repositoryId: string
  readonly repository: string
  readonly number: number
  /** Of a dependent's: the candidate it bumps to, and whether its repository's name is nobody else's business. */
  readonly bump?: { readonly release: ReleaseId; readonly private: boolean }
  /** Of a dependent's: `left` when it was closed without a merge or no longer bumps to it. */
  readonly status?: 'open' | 'merged' | 'left'
  /** When that was seen; the last look stays, and a merge. */
  readonly observedAt?: number
  /** Which look at it this is; absent: the first. */
  readonly looks?: number
}

/** What happened around a rollout that is not a result. Idempotent; any order gives the same state. */
export type Signal =
  | {
      readonly kind: 'dispatched'
      readonly canary: string
      readonly try: number
      readonly dispatch: DispatchFact
    }
  | {
      readonly kind: 'fetched'
      readonly canary: string
      readonly try: number
      readonly arm: Arm
      readonly release: ReleaseId
      readonly at: number
    }
  /** How many legs a try's run has (null: not told), and whether it has ended. */
  | {
      readonly kind: 'legs'
      readonly canary: string
      readonly try: number
      readonly expected: number | null
      readonly ended: boolean
    }
  | { readonly kind: 'blocker'; readonly blocker: BlockerFact }
  /** The open issues with these labels were all looked up; what was news came as a `blocker` before. `at`: when the look was begun. */
  | { readonly kind: 'blockers-searched'; readonly labels: readonly string[]; readonly at: number }
  | { readonly kind: 'blocker-search-failed'; readonly at: number; readonly message: string }
  | { readonly kind: 'pull-requests'; readonly pullRequests: readonly PullRequestRef[] }
  /** Dependents whose own runs met a candidate through the index. */
  | { readonly kind: 'shown-to'; readonly dependents: readonly DependentRef[] }
  /** A check of the release commit, as read from the forge. */
  | { readonly kind: 'check'; readonly check: CheckFact }
  /** The checks that a gate requires were read; what was news came as a `check` before. */
  | { readonly kind: 'checks-read'; readonly at: number }
  | { readonly kind: 'checks-read-failed'; readonly at: number; readonly message: string }
  /** The commit of the release, seen after the start; counts once, where none was known. `at`: when it was seen. */
  | {
      readonly kind: 'origin'
      readonly commit: string
      readonly tag: string | null
      readonly at: number
    }
  /** An advisory that names a candidate or a baseline, or no longer does. */
  | { readonly kind: 'advisory'; readonly advisory: AdvisoryFact }
  /** The owner's repository was asked for what it has published; what was news came as an `advisory` before. */
  | { readonly kind: 'advisories-read'; readonly at: number }
  /** A look that failed at the time of one that was made: the forge refused to say. */
  | { readonly kind: 'advisories-read-failed'; readonly at: number; readonly message: string }
  /** What the publisher of a candidate says of it. */
  | { readonly kind: 'publication'; readonly publication: PublicationFact }
  /** What became of the forge's release and its tag. */
  | { readonly kind: 'forge-release'; readonly forgeRelease: ForgeReleaseFact }
  /** The forge was asked whether it has a release of the tag; null: it would not say. */
  | { readonly kind: 'release-read'; readonly at: number; readonly isThere: boolean | null }
  /** Whether it is like an older live release. */
  | { readonly kind: 'likeness'; readonly likeness: LikenessFact }
  /** What was counted beside the stated percent says something else than before. */
  | { readonly kind: 'reach'; readonly reach: ReachFact }
  /** What comparing the files of a candidate and its baseline showed. */
  | { readonly kind: 'contents'; readonly contents: ContentsFact }
  /** What the server of the `http` gate answered. */
  | { readonly kind: 'http-answer'; readonly answer: HttpFact }
  /** A canary's repository was seen to be private: what was private once is named nowhere any more. */
  | { readonly kind: 'canary-private'; readonly canary: string }
  /** Whether a canary can be tested now; one that cannot counts as undecided. */
  | {
      readonly kind: 'canary-state'
      readonly canary: string
      readonly state: CanaryCondition
      readonly at: number
      readonly message: string
    }

/**
 * Results carry everything that binds them. `leg` is the matrix leg (`default` for a plain run). Where two
 * results name the same canary, try, leg and arm, the greater under `(runAttempt, outcome rank, JSON)`
 * stays, so that order and repetition do not matter.
 */
export interface ResultFact {
  readonly canary: string
  readonly try: number
  readonly leg: string
  readonly arm: Arm
  readonly result: ArmResult
}

/** A gate that a named person went past, and what it said. */
export interface Overridden {
  readonly gate: string
  readonly answer: 'wait' | 'hold'
}

/** Event bodies: past tense, JSON-safe, all that `evolve` needs and nothing else. */
export type EventBody =
  | {
      readonly type: 'reserved'
      readonly members: readonly ReleaseId[]
      readonly train: string | null
      readonly salt: string
      readonly policy: Policy | null
      readonly policySource: PolicySource | null
      readonly restartOf: RolloutId | null
    }
  | { readonly type: 'policy-replaced'; readonly policy: Policy; readonly policySource: PolicySource }
  | { readonly type: 'joined'; readonly member: Member }
  /** One of its family that was found after it began; its own first stage counts from `since`, integer ms. */
  | { readonly type: 'boarded'; readonly member: Member; readonly since: number }
  /** What boarded has come through its own first stage: from here on it is shown to whom the others are shown. */
  | {
      readonly type: 'seated'
      readonly releases: readonly ReleaseId[]
      readonly files: readonly SealedFile[]
    }
  | {
      readonly type: 'started'
      readonly members: readonly Member[]
      readonly policy: Policy
      readonly policySource: PolicySource
      readonly roster: readonly RosterEntry[]
      readonly origin: Origin | null
      /** Whose buckets count, and when it was drawn. */
      readonly salt: string
      readonly saltDrawnAt: number
      /** Absent where files are compared by nobody. */
      readonly compares?: true
      /** What only a release that is still rolling out gives it; absent: nothing. */
      readonly floors?: readonly Need[]
      /** As its owner's file calls it, where that differs from what was reserved. */
      readonly train?: string | null
      /** Reserved, and no file of it was here; absent: none. */
      readonly leftOut?: readonly ReleaseId[]
    }
  | { readonly type: 'sealed'; readonly files: readonly SealedFile[] }
  | { readonly type: 'result-recorded'; readonly fact: ResultFact }
  | { readonly type: 'signal-recorded'; readonly signal: Signal }
  | { readonly type: 'exposure-recorded'; readonly fact: ExposureFact }
  | {
      readonly type: 'stage-entered'
      readonly index: number
      readonly forced: boolean
      /** Absent where every gate passed. */
      readonly overrode?: readonly Overridden[]
      /** Share that an older live release of the line had come to and that it is like, basis points; absent: none. */
      readonly reached?: number
    }
  /** No server ran, and only one clock says for how long: the bake goes on for so much longer. */
  | ({ readonly type: 'unwatched' } & Unwatched)
  /** A newer release of its line is ahead: the bake stands still. */
  | { readonly type: 'overtaken'; readonly by: RolloutId }
  /** The newer one ended otherwise, or is held or paused: the bake begins anew. */
  | { readonly type: 'lead-regained' }
  /** Baselines that are no longer there were replaced; what was compared with them no longer counts. */
  | { readonly type: 'rebased'; readonly members: readonly Member[] }
  | { readonly type: 'held'; readonly sentences: readonly string[] }
  | { readonly type: 'released' }
  | { readonly type: 'paused' }
  /** Back to an earlier stage, and paused there. */
  | { readonly type: 'lowered'; readonly index: number }
  | { readonly type: 'resumed' }
  | {
      readonly type: 'approved'
      readonly stageIndex: number
      readonly by: string
      readonly permission: 'write' | 'maintain' | 'admin'
    }
  | {
      readonly type: 'hold-placed'
      readonly by: string
      readonly canary: string | null
      readonly until: number
    }
  | {
      readonly type: 'waived'
      readonly canary: string
      readonly by: string
      readonly evidence: string
      readonly expiresAt: number
    }
  /** A person's word that something found does not stand in the way. */
  | {
      readonly type: 'dismissed'
      readonly code: string
      readonly by: string
      readonly evidence: string
    }
  /** An answer to what comparing the files found, or will find. */
  | ({ readonly type: 'finding-answered' } & Pick<FindingAnswer, 'code' | 'what' | 'by' | 'permission'>)
  | { readonly type: 'canary-retried'; readonly canary: string; readonly firstTry: number }
  | ({ readonly type: 'bisect-started'; readonly canary: string } & Pick<
      BisectFacts,
      'kind' | 'suspects' | 'firstTry'
    >)
  | ({ readonly type: 'bisect-ended'; readonly canary: string } & BisectFound)
  | { readonly type: 'completed'; readonly direct: boolean; readonly overrode?: readonly Overridden[] }
  | { readonly type: 'rolled-back'; readonly automatic: boolean; readonly regressions: readonly string[] }
  | { readonly type: 'superseded'; readonly by: RolloutId }
  | { readonly type: 'abandoned' }
  | { readonly type: 'blocked'; readonly releases: readonly ReleaseId[] }
  | { readonly type: 'unblocked' }
  /** Stages up to this share, basis points, bake `catchUp`. */
  | { readonly type: 'catch-up-allowed'; readonly to: number }
  /** On the ladder of a greater kind of change, because of what was found in its files; nobody has seen it yet. */
  | { readonly type: 'regraded'; readonly policy: Policy; readonly policySource: PolicySource | null }
  /** On the urgent ladder from here on; the rungs that were taken stay. */
  | { readonly type: 'hurried'; readonly policy: Policy; readonly policySource: PolicySource }

/** A span in which nobody looked at rollouts, as far as it counts for no bake; integer ms since the epoch. */
export interface Unwatched {
  readonly from: number
  readonly to: number
}

/** An event as decided: what, when, by whom, why. Times are integer milliseconds since the epoch. */
export type RolloutEvent = EventBody & {
  readonly v: 1
  readonly at: number
  readonly actor: Actor
  /** A person's words, or the sentence of the gate behind it; may hold hostile text. Empty when there is none. */
  readonly reason: string
}

/** An event as stored: chained by hash to the one before it (`rollout/chain.ts`). */
export type RecordedEvent = RolloutEvent & { readonly previous: string; readonly hash: string }
