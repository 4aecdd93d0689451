import type { PackageId, ReleaseId } from '../versions/release.ts'
import type { ContentsFacts } from './contents/contents-facts.ts'
import type { ExposureFact } from './exposure-fact.ts'
import type { DismissalFact, ForgeReleaseFact, PublicationFact } from './publication-fact.ts'
import type { ToldByRun } from './told-by-run.ts'

export type Arm = 'candidate' | 'baseline'
export type Outcome = 'pass' | 'fail' | 'infra' | 'timed-out' | 'cancelled'

/** The answer of one arm of one try, as fetched or reported; never edited afterwards. */
export interface ArmResult {
  readonly outcome: Outcome
  /** Releases this arm was shown to have installed, by report or by fetches under the arm's nonce. */
  readonly installed: readonly ReleaseId[]
  /** Commit of the dependent that ran; null when unknown. */
  readonly commit: string | null
  readonly runId: number
  readonly runAttempt: number
  readonly url: string | null
  /** Why the arm could not be judged, or the last lines of a failing log; may hold hostile text. */
  readonly detail: string
  readonly observedAt: number
  /** Absent: the run said nothing more. */
  readonly told?: ToldByRun
}

/** How a started run is known. `arm` is `both` when one job runs both. */
export interface DispatchFact {
  readonly arm: Arm | 'both'
  readonly at: number
  /** Null when the forge did not name the run, or when the dispatch failed. */
  readonly runId: number | null
  readonly url: string | null
  /** Set when the run could not be started; the canary then counts as undecided. */
  readonly failure: string | null
}

/** Everything known about one try of one canary. Legs are matrix legs; a plain run has the leg `default`. */
export interface TryFacts {
  readonly number: number
  readonly dispatches: Readonly<Record<string, DispatchFact>>
  /** How many legs its run has, as the reports say; absent: none has said. */
  readonly expectedLegs?: number
  /** Its run has ended, so that no further leg reports; absent: not known. */
  readonly ended?: boolean
  /** Leg, then arm. */
  readonly legs: Readonly<Record<string, Readonly<Partial<Record<Arm, ArmResult>>>>>
}

/** One dependent repository on the roster, frozen at start. */
export interface RosterEntry {
  /** The repository id as text: names change, ids do not. */
  readonly id: string
  readonly repo: string
  readonly private: boolean
  readonly mode: 'dispatch' | 'pull' | 'observe' | 'absent'
  readonly workflow: string
  /** Null: its default branch, whatever that is called when a run is started. */
  readonly ref: string | null
  /** Both arms in one job (the Action runs them), or one run per arm. */
  readonly arms: 'together' | 'apart'
  readonly admission: 'required' | 'advisory' | 'none'
  readonly weight: number
  readonly timeoutMs: number
  /** How often two runs of the same version disagreed, from its own history at the start. */
  readonly flakiness?: { readonly pairs: number; readonly flips: number }
  /** In a train: the packages that it offers to test. Absent: it is evidence of whichever it uses. */
  readonly packages?: readonly PackageId[]
  /** How many runs a month its file offers; null or absent: no limit. */
  readonly runsPerMonth?: number | null
}

/** Why a canary cannot be tested now; `ok` when it can again. */
export type CanaryCondition =
  | 'ok'
  | 'repository-gone'
  | 'archived'
  | 'app-removed'
  | 'suspended'
  | 'workflow-missing'
  | 'workflow-disabled'
  | 'workflow-refused'
  | 'actions-off'
  | 'config-broken'
  | 'budget-spent'
  | 'left'

/** The condition a canary was last seen in. */
export interface CanaryState {
  readonly state: CanaryCondition
  /** Last writer wins by this time; ties go to what is not `ok`. */
  readonly at: number
  readonly message: string
}

/** A named person's decision to ignore one comparison; void when `evidence` no longer matches. */
export interface Waiver {
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly expiresAt: number
  /** `comparisonKey` of the comparison it was given for. */
  readonly evidence: string
}

/** One release to be tested in a search, and what it is tested against. */
export interface Suspect {
  readonly release: ReleaseId
  readonly baseline: ReleaseId
}

/** What came of a search: one release, those it could not tell apart, or that it takes several packages together. */
export interface BisectFound {
  readonly answer: 'found' | 'unclear' | 'together' | 'stopped'
  readonly releases: readonly ReleaseId[]
}

/** A search for the first bad release, asked for by a person. It decides nothing about the rollout. */
export interface BisectFacts {
  /** `line`: ordered versions of one package, the last one known to be bad; `train`: packages that roll out together. */
  readonly kind: 'line' | 'train'
  readonly suspects: readonly Suspect[]
  /** Tries of searches are numbered apart from those of rounds (`bisect.ts`); those below belong to an earlier search. */
  readonly firstTry: number
  readonly startedAt: number
  readonly tries: Readonly<Record<number, TryFacts>>
  /** Null while it searches. */
  readonly found: BisectFound | null
}

export interface CanaryFacts {
  readonly entry: RosterEntry
  /** Tries below this number belong to an earlier round that a person retried. */
  readonly firstTry: number
  readonly roundStartedAt: number
  readonly tries: Readonly<Record<number, TryFacts>>
  readonly waiver: Waiver | null
  /** Null while nothing was heard of it. */
  readonly state: CanaryState | null
  /** The newest search; absent: nobody asked for one. */
  readonly bisect?: BisectFacts
}

/** What a canary's tries say together (DESIGN.md section 6), plus `pending` while tries are open. */
export type ComparisonKind =
  | 'pending'
  | 'same-pass'
  | 'same-fail'
  | 'regressed'
  | 'fixed'
  | 'newly-flaky'
  | 'not-exercised'
  | 'infra'
  | 'no-baseline'
  | 'timed-out'
  | 'waived'
  /** Too flaky to be judged: counts for nothing, and is run twice to see whether it has settled. */
  | 'quarantined'

export interface Comparison {
  readonly canary: string
  readonly kind: ComparisonKind
  /** True when the tries say something about the candidate (counts towards coverage). */
  readonly decided: boolean
  /** The number of the try that should run next, when one is still wanted. */
  readonly wantsTry: number | null
  /** Identity of the evidence behind it; a waiver holds only for this. */
  readonly evidence: string
  /** One plain sentence. */
  readonly sentence: string
}

export interface BlockerFact {
  /** As people read it, e.g. `owner/repo#12`. */
  readonly issue: string
  /** Stable identity, `<repository id>#12`: names change. Absent in what was recorded before it was kept. */
  readonly key?: string
  readonly title: string
  readonly labels: readonly string[]
  readonly open: boolean
  /** When the forge says it last changed: the last writer wins. */
  readonly observedAt: number
  /** When a look at the issue was begun; absent where a webhook told. Labels are renamed without changing the issue, so of two facts of one change the later look wins, then `open: true`. */
  readonly seenAt?: number
}

/** What is known of looks at the open issues. */
export interface BlockerSearch {
  /** Labels whose open issues were all looked up, sorted. */
  readonly labels: readonly string[]
  /** When the newest whole look was begun; null before the first. */
  readonly at: number | null
  /** The newest look that did not work; may hold hostile text. */
  readonly failure: { readonly at: number; readonly message: string } | null
}

/** One check of the release commit as the forge tells it: check runs and commit statuses of one name together. */
export interface CheckFact {
  readonly name: string
  readonly state: 'pending' | 'success' | 'failure'
  readonly url: string | null
  /** When it was read; last writer wins by this time, ties go to failure, then pending. */
  readonly observedAt: number
}

/** What is known of the reading of checks, or of advisories, besides those themselves. */
export interface CheckSearch {
  /** When the newest look was begun; null before the first. */
  readonly at: number | null
  /** The newest look that did not work; may hold hostile text. */
  readonly failure: { readonly at: number; readonly message: string } | null
}

/** An advisory that names a release of the rollout, candidate or baseline. */
export interface AdvisoryFact {
  readonly id: string
  readonly release: ReleaseId
  readonly summary: string
  /** As the advisory says it, e.g. `high`; null when it does not. */
  readonly severity: string | null
  readonly url: string | null
  /** False once it is withdrawn, or no longer names the release. */
  readonly open: boolean
  /** Last writer wins by this time; ties go to `open: true`. */
  readonly observedAt: number
}

/** What the server behind an `http` gate answered for one stage; the newest answer counts. */
export interface HttpFact {
  readonly stageIndex: number
  readonly answer: 'pass' | 'wait' | 'hold' | 'fail'
  /** Its own words, or why it could not be asked; may hold hostile text. */
  readonly sentence: string
  /** When it was asked, and when it first said so; what is said again keeps that. */
  readonly at: number
  readonly since: number
}

export interface ApprovalFact {
  readonly by: string
  readonly permission: 'write' | 'maintain' | 'admin'
  readonly stageIndex: number
  readonly at: number
  readonly reason: string
}

/** A time-boxed request to wait, by an admitted dependent's maintainer or by a maintainer. */
export interface HoldFact {
  readonly by: string
  /** Canary id of the dependent, or null for a maintainer's own hold. */
  readonly canary: string | null
  readonly until: number
  readonly reason: string
}

/** What a gate may look at. Everything arrives as data; no gate reads a clock. */
export interface GateFacts extends ContentsFacts {
  readonly releases: readonly { readonly candidate: ReleaseId; readonly baseline: ReleaseId | null }[]
  readonly stageIndex: number
  readonly stageEnteredAt: number
  readonly startedAt: number
  /** Time in this stage that counts for no bake: nobody watched. */
  readonly unwatchedMs: number
  readonly automaticRollback: boolean
  readonly canaries: Readonly<Record<string, CanaryFacts>>
  readonly blockers: Readonly<Record<string, BlockerFact>>
  /** Where blockers are looked for, by name; null where no repository is known. */
  readonly repository: string | null
  readonly blockerSearch: BlockerSearch
  /** The commit the release was made from; null when unknown. */
  readonly commit: string | null
  /** By name. */
  readonly checks: Readonly<Record<string, CheckFact>>
  readonly checkSearch: CheckSearch
  readonly advisorySearch: CheckSearch
  /** By `<id> <release>`. */
  readonly advisories: Readonly<Record<string, AdvisoryFact>>
  /** By stage index. */
  readonly http: Readonly<Record<string, HttpFact>>
  /** By `cluster/basis points/arm`. */
  readonly exposures: Readonly<Record<string, ExposureFact>>
  /** Runs under the candidate arm when the stage was entered. */
  readonly runsAtEntry: number
  readonly approvals: readonly ApprovalFact[]
  readonly holds: readonly HoldFact[]
  /** By candidate; what its publisher says of it. */
  readonly publications: Readonly<Record<string, PublicationFact>>
  readonly dismissals: readonly DismissalFact[]
  /** Null while nobody heard of it since the start. */
  readonly forgeRelease: ForgeReleaseFact | null
}
