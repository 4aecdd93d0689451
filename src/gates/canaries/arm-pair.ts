import { ownEntry } from '../../versions/own-entry.ts'
import type { Arm, ArmResult, GateFacts, RosterEntry, TryFacts } from '../evidence.ts'
import type { NotExercised } from '../told-by-run.ts'

/** What the two arms of one leg of one try say: usable answers first, then why there is none. */
export type ArmPair =
  | { readonly kind: 'both-pass' | 'both-fail' | 'candidate-fails' | 'candidate-fixes' }
  | { readonly kind: 'open'; readonly until: number }
  | {
      readonly kind: 'infra' | 'timed-out' | 'no-baseline' | 'not-exercised'
      readonly detail: string
      /** A new try may give an answer where this one broke. */
      readonly retriable: boolean
    }

/** What is needed to judge one try besides its facts. Times are integer ms. */
export interface PairContext {
  readonly entry: RosterEntry
  readonly releases: GateFacts['releases']
  /** When the gate stops waiting for anything of this round. */
  readonly deadline: number
  readonly now: number
  /** How many tries may replace broken ones; absent: as many as outlast an outage. */
  readonly spareTries?: number
}

/** What is said to readers who may not read the words of the run. */
export const notInstalled = 'the candidate was not installed'

/** Judges one leg of one try: both arms, same commit, each with its version installed. */
export function judgePair(facts: TryFacts, leg: string, context: PairContext): ArmPair {
  const arms = ownEntry(facts.legs, leg)
  const candidate = arms?.candidate
  const baseline = arms?.baseline
  const failure = failedDispatch(facts, candidate, baseline)
  if (failure !== null) return { kind: 'infra', detail: failure, retriable: false }
  if (candidate === undefined || baseline === undefined) {
    const until = answerDueAt(facts, context)
    if (context.now < until) return { kind: 'open', until }
    return candidate !== undefined && ran(candidate)
      ? { kind: 'no-baseline', detail: 'the baseline arm gave no answer in time', retriable: false }
      : // A machine that never came, or that was lost: another one may come.
        { kind: 'timed-out', detail: 'no answer in time', retriable: candidate === undefined }
  }
  return (
    broken(candidate, baseline) ?? unexercised(candidate, baseline, context) ?? answer(candidate, baseline)
  )
}

/** A try that could not be started is infra, but what a started arm answered nevertheless is kept. */
function failedDispatch(
  facts: TryFacts,
  candidate: ArmResult | undefined,
  baseline: ArmResult | undefined,
): string | null {
  for (const dispatch of Object.values(facts.dispatches)) {
    const answered = dispatch.arm === 'baseline' ? baseline : candidate
    if (dispatch.failure !== null && answered === undefined) {
      return `the run could not be started: ${dispatch.failure}`
    }
  }
  return null
}

function broken(candidate: ArmResult, baseline: ArmResult): ArmPair | null {
  if (isInfra(candidate)) return { kind: 'infra', detail: candidate.detail, retriable: true }
  if (candidate.outcome === 'timed-out') {
    return { kind: 'timed-out', detail: 'the candidate arm ran out of time', retriable: false }
  }
  if (!ran(baseline)) {
    return {
      kind: 'no-baseline',
      detail: 'the baseline arm could not be judged',
      retriable: isInfra(baseline),
    }
  }
  if (candidate.commit === null || candidate.commit !== baseline.commit) {
    return { kind: 'infra', detail: 'the arms are not shown to have run the same commit', retriable: true }
  }
  return null
}

/** Each arm must be shown to have installed its version of at least one release of the rollout. */
function unexercised(candidate: ArmResult, baseline: ArmResult, context: PairContext): ArmPair | null {
  const used = context.releases.filter((release) => candidate.installed.includes(release.candidate))
  if (used.length === 0) {
    return { kind: 'not-exercised', detail: sayKeptOut(candidate.told?.notExercised), retriable: false }
  }
  const paired = used.filter((release) => release.baseline !== null)
  if (paired.length === 0) {
    return { kind: 'no-baseline', detail: 'what it uses has no baseline', retriable: false }
  }
  const proven = paired.some((release) => baseline.installed.some((id) => id === release.baseline))
  return proven ? null : { kind: 'not-exercised', detail: 'the baseline was not installed', retriable: false }
}

const keptOutBy = {
  locked: 'a lock keeps it out',
  capped: 'a range that its people wrote keeps it out',
  'no-dependency': 'it does not depend on it',
  resolver: 'it does not resolve with the rest',
  'cool-down': 'a cool-down of its client keeps it out',
} as const

/** Which of the reasons it was, and in the run's own words what kept the candidate out. */
function sayKeptOut(kept: NotExercised | undefined): string {
  if (kept === undefined) return notInstalled
  const words = [kept.by, kept.says].filter((text) => text !== undefined && text !== '').join(': ')
  return `${notInstalled}: ${keptOutBy[kept.why]}${words === '' ? '' : ` (${words})`}`
}

function answer(candidate: ArmResult, baseline: ArmResult): ArmPair {
  if (candidate.outcome === 'pass') {
    return { kind: baseline.outcome === 'pass' ? 'both-pass' : 'candidate-fixes' }
  }
  return { kind: baseline.outcome === 'pass' ? 'candidate-fails' : 'both-fail' }
}

function ran(result: ArmResult): boolean {
  return result.outcome === 'pass' || result.outcome === 'fail'
}

function isInfra(result: ArmResult): boolean {
  return result.outcome === 'infra' || result.outcome === 'cancelled'
}

/** A started run has the canary's own time from its (last) start; everything ends at the gate's deadline. */
export function answerDueAt(facts: TryFacts, context: PairContext): number {
  const starts = Object.values(facts.dispatches).map((dispatch) => dispatch.at)
  // A pulled try may be taken by another run as long as there is time.
  if (starts.length === 0 || context.entry.mode === 'pull') return context.deadline
  return Math.min(Math.max(...starts) + context.entry.timeoutMs, context.deadline)
}

/** The arms of a dispatched canary's try that were not started yet: `both` in one run, or one run each. */
export function armsToDispatch(entry: RosterEntry, facts: TryFacts | undefined): readonly (Arm | 'both')[] {
  const arms: readonly (Arm | 'both')[] = entry.arms === 'together' ? ['both'] : ['candidate', 'baseline']
  if (facts === undefined) return arms
  return arms.filter((arm) => ownEntry(facts.dispatches, arm) === undefined)
}
