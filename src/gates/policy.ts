import type { ChangeKind } from '../versions/change-kind.ts'
import type { PackageId } from '../versions/release.ts'
import type { LineWidth } from '../versions/version-scheme.ts'

export type ProfileName = 'rapid' | 'standard' | 'cautious' | 'gate'

/** What a person must be allowed to do in the owner's repository. Higher includes lower. */
export type Permission = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin'

/** Canary evidence that a stage asks for. Percentages are whole numbers 0..100. */
export interface CanariesRule {
  /** Confirmed regressions among required canaries that are still tolerated. */
  readonly maxRegressions: number
  /** Least share of admitted weight that must be decided, in percent. */
  readonly minCoverage: number
  /** Least number of admitted canaries; 0 lets a release without canaries pass, and says so. */
  readonly minCanaries: number
  /** How long after the start undecided canaries are waited for. */
  readonly timeoutMs: number
  /** Tries per canary before a failing candidate is a confirmed regression. */
  readonly tries: number
  readonly onNewlyFlaky: 'hold' | 'pass'
}

export interface BlockersRule {
  readonly labels: readonly string[]
}

export interface ApprovalRule {
  readonly by: 'write' | 'maintain' | 'admin'
}

/** The release commit's own checks that must have succeeded. */
export interface ChecksRule {
  /** Names of check runs, or contexts of commit statuses. */
  readonly required: readonly string[]
}

/** Ordinary runs of keys issued to repositories: candidate against concurrent baseline. */
export interface ExposureRule {
  /** Least runs under the candidate arm before the gate decides. */
  readonly minRuns: number
  /** Greatest tolerated rise of the failure rate, in basis points. */
  readonly maxHarmBasisPoints: number
  /** Whole percent, e.g. 95. */
  readonly confidencePercent: number
  readonly onInconclusive:
    | { readonly kind: 'hold' | 'roll-back' }
    /** Counted from the start of the rollout, so that all its stages together wait no longer than this. */
    | { readonly kind: 'advance-after'; readonly afterMs: number }
}

/** Rolls back when an advisory names a candidate. */
export interface AdvisoriesRule {
  /** Also refuse exact pins of the candidate that the advisory names. */
  readonly block: boolean
}

/**
 * A span of every week in minutes from Monday 00:00 on the wall clock: `from` inclusive, `to` exclusive, both
 * 0..10079. It runs over the end of the week where `to` is below `from`.
 */
export interface WeeklySpan {
  readonly from: number
  readonly to: number
}

/** Days of the calendar on the wall clock, `2026-12-20`; the first and the last one are part of it. */
export interface DateSpan {
  readonly firstDay: string
  readonly lastDay: string
}

/** When nothing is raised. Taking back is never bound to it. */
export interface WindowRule {
  readonly notBetween: readonly (WeeklySpan | DateSpan)[]
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timezone: string
  /** Set: it binds no release that dependents have tested. */
  readonly unlessTested?: true
}

/** A question to a server of the maintainer's or operator's own. */
export interface HttpRule {
  /** https, on a host of the operator's allowlist. */
  readonly url: string
  readonly timeoutMs: number
}

/**
 * The gates of one stage, fully resolved: profile, release and stage settings are already merged, so
 * the heart never merges. An absent kind is not asked for. Bake is always there.
 */
export interface StageGates {
  readonly canaries?: CanariesRule
  readonly blockers?: BlockersRule
  readonly approval?: ApprovalRule
  readonly checks?: ChecksRule
  readonly exposure?: ExposureRule
  readonly advisories?: AdvisoriesRule
  readonly window?: WindowRule
  readonly http?: HttpRule
}

export type GateKind =
  | 'bake'
  | 'canaries'
  | 'checks'
  | 'blockers'
  | 'exposure'
  | 'advisories'
  | 'approval'
  | 'http'
  | 'window'
  | 'contents'
  | 'trust'

/** One rung of the ladder. */
export interface Stage {
  readonly name: string
  /** Share of the cohort space, 0..10000. */
  readonly basisPoints: number
  readonly bakeMs: number
  /** What evidence may shorten `bakeMs` to (`kinds/bake-evidence.ts`); absent: nothing shortens it. */
  readonly bakeLeastMs?: number
  /** Least runs under the candidate arm in this stage, besides the time; absent: none asked for. */
  readonly bakeRuns?: number
  /** Names from `Policy.groups` that see the candidate from this stage on. */
  readonly groups: readonly string[]
  readonly gates: StageGates
}

/** Which dependents count. The first matching rule wins; `repo` may end in `/*`, or be the key of a project of another CI. */
export interface AdmissionRule {
  readonly repo: string
  readonly required: boolean
  readonly weight: number
}

export interface RollbackRule {
  /** Roll back by itself on a confirmed regression; otherwise hold. */
  readonly automatic: boolean
  /** After this many rollbacks of the package in the window, starts and raises are refused. */
  readonly freezeAfter: { readonly count: number; readonly windowMs: number } | null
}

/** A ready ladder, and the name of its profile. */
export interface ProfileLadder {
  readonly profile: ProfileName
  readonly stages: readonly Stage[]
}

/** Which audience a release is for, and what it waits for before it starts. */
export interface StreamRule {
  readonly name: string
  readonly kind: 'prerelease' | 'final'
  /** The streams of the file up to this one, itself last: from the earliest to the more mature. */
  readonly upTo: readonly string[]
  /** The channels that show its pre-releases: its own and those of earlier streams. */
  readonly channels: readonly string[]
  /** Its releases have no ladder: visible at once to those who ask for them. */
  readonly direct: boolean
  /** No release of it starts while a release of that stream waits for its final. */
  readonly pauseDuring: string | null
  /** Least time after the last release of another stream of the same series started. */
  readonly after: { readonly stream: string; readonly minMs: number } | null
  /** Who is told of each release that enters it: people and teams of the forge, `ada`, `acme/beta-team`. */
  readonly people?: readonly string[]
}

/** How the releases of one package, or of one train, stand to each other. */
export interface PaceRule {
  /** How wide a line is: which releases replace each other. */
  readonly line: LineWidth
  /**
   * What a newer release of the line does to a live one: overtake it (its bake stands still until the newer one
   * ends, is held or is paused), or go beside it, each with its own clock (pipeline).
   */
  readonly onNewer: 'overtake' | 'pipeline'
  /** Bake of the stages that an older live release of the line has reached already; null: their own. */
  readonly catchUpMs: number | null
  /** How long after its last file a release waits for the platforms and Pythons that its baseline had. */
  readonly waitForFilesMs: number
  /** How long a train waits for further members after the last one. */
  readonly trainSettleMs: number
  /** Whether a live release waits, when it is raised, for a live release that it cannot do without. */
  readonly floors: 'hold' | 'ignore'
}

/** The rules of one rollout, resolved once at start and stored with their source in the first event. */
export interface Policy {
  readonly profile: ProfileName | 'custom'
  /** Ascending by basisPoints; the first has 0, the last 10000. */
  readonly stages: readonly Stage[]
  /** Absent where one ladder is for all kinds of change. `stages` is that of the kind it was taken for. */
  readonly byChange?: Readonly<Record<ChangeKind, ProfileLadder>>
  /** The kind of change that `stages` was taken for; absent before the start, and without `byChange`. */
  readonly change?: ChangeKind
  /** For a release that fixes an advisory its baseline has; a person's yes is a gate of its first stage. Absent where nothing is hurried, and in a rollout that is on the urgent ladder already. */
  readonly urgent?: ProfileLadder
  /** Absent for packages without streams, and for pre-releases that no stream has. */
  readonly stream?: StreamRule
  readonly pace: PaceRule
  readonly canaries: readonly AdmissionRule[]
  readonly rollback: RollbackRule
  /** Group name to the cohort keys in it, already resolved to what a client sends. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** How this repository tags the package, `{version}` for the version; empty: the usual forms only. */
  readonly tags: readonly string[]
  /** Without progress for this long the rollout is abandoned; null: never by time. */
  readonly abandonAfterMs: number | null
  readonly notify: {
    readonly pullRequests: boolean
    readonly trackingIssue: boolean
    readonly dependents: boolean
  }
}

/** Where a policy came from; the order of precedence stands in docs/configuration.md. */
export interface PolicySource {
  readonly kind: 'adopt' | 'request' | 'file' | 'server' | 'default'
  /** For `file`: repository, commit and path; for the others a short description. */
  readonly detail: string
  /** The advisories that put the rollout on the urgent ladder of this policy; absent where it is not on it. */
  readonly urgent?: readonly string[]
}

/** Policy and source of one package, as read from a repository's file. */
export interface PackagePolicy {
  readonly package: PackageId
  readonly train: string | null
  readonly policy: Policy
}
