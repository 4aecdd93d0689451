import type { SuspectVerdict } from '../../gates/canaries/bisect.ts'
import type { LegComparison } from '../../gates/canaries/comparison.ts'
import type { CanaryState, Comparison, RosterEntry } from '../../gates/evidence.ts'
import type { Verdict } from '../../gates/verdict.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { Member, RolloutId } from '../history/event.ts'
import type { Phase, Transition } from '../history/state.ts'

export interface StageExplanation {
  readonly index: number
  readonly name: string
  /** Percent with at most two decimals, e.g. 12.5. */
  readonly percent: number
  readonly enteredAt: number | null
  readonly bakeUntil: number | null
  readonly state: 'passed' | 'current' | 'ahead'
}

export interface CanaryExplanation {
  /** The repository's id; the label of a private one that is read elsewhere. */
  readonly id: string
  /** The name to show in the owner's repository: `private canary n` for a private one. */
  readonly label: string
  readonly admission: RosterEntry['admission']
  readonly weight: number
  readonly comparison: Comparison
  readonly tries: number
  /** The legs of its matrix; empty for a plain run, and for a private canary. */
  readonly legs: readonly LegComparison[]
  /** The condition that keeps it from being tested now; null when there is none. */
  readonly condition: CanaryState | null
  /** Link to the newest run, when it may be shown. */
  readonly url: string | null
  readonly since: number | null
  /** Last lines of the failing arm; hostile text, empty for a private canary. */
  readonly detail: string
  /** The newest search for the first bad release; absent: nobody asked for one. */
  readonly bisect?: BisectExplanation
}

/** How far a search is. */
export interface BisectExplanation {
  /** Releases in the order in which they came (`line`), or the packages of a train. */
  readonly suspects: readonly { readonly release: ReleaseId; readonly verdict: SuspectVerdict }[]
  /** Where it is, or what came of it. */
  readonly sentence: string
}

/** Another live release of the same packages. */
export interface OtherRelease {
  readonly rollout: RolloutId
  readonly releases: readonly ReleaseId[]
  readonly phase: Phase
  readonly percent: number
  /** `ahead`: it overtakes this one; `overtaken`: by this one. */
  readonly stands: 'ahead' | 'overtaken' | 'beside'
  readonly sentence: string
}

/**
 * Why a rollout is where it is and what happens next: the only source for tracking issue, comments, check
 * run, pages, CLI and API. Pure data; wording for each medium is made from it.
 */
export interface Explanation {
  readonly rollout: RolloutId
  readonly releases: readonly Member[]
  readonly blocked: readonly ReleaseId[]
  readonly train: string | null
  /** Its stream, and who is told of what enters it; absent where it has none. */
  readonly stream?: { readonly name: string; readonly people: readonly string[] }
  readonly phase: Phase
  readonly percent: number
  /** False where no index stands between the release and its users, so that nobody can be in a percent. */
  readonly percents: boolean
  /** One sentence: the answer to "why is it where it is". */
  readonly sentence: string
  /** What happens next, and when (null: nothing by itself). */
  readonly next: { readonly sentence: string; readonly at: number | null }
  /** The other live releases of its packages, newest first. */
  readonly others: readonly OtherRelease[]
  /** What else its people should know, each a sentence. */
  readonly notes: readonly string[]
  readonly stages: readonly StageExplanation[]
  readonly gates: readonly Verdict[]
  readonly coverage: { readonly decided: number; readonly admitted: number; readonly percent: number }
  readonly canaries: readonly CanaryExplanation[]
  readonly history: readonly Transition[]
}
