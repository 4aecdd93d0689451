import type { BisectFacts, BisectFound, CanaryFacts, Suspect, TryFacts } from '../evidence.ts'
import type { CanariesRule } from '../policy.ts'
import type { PairContext } from './arm-pair.ts'
import { ruleFor } from './comparison.ts'
import { judgeTries } from './judge-tries.ts'

/** Far above the number of any try of a round, so that the two are never taken for each other. */
const FIRST_BISECT_TRY = 1_000_001
/** Numbers kept for one suspect; a policy has at most 10 tries and some that replace broken ones. */
const TRIES_PER_SUSPECT = 100

/** What cannot be judged soon is passed over: other suspects wait for it. */
const SPARE_TRIES = 2

/** Whether a try belongs to a search, not to a round that counts. */
export function isBisectTry(number: number): boolean {
  return number >= FIRST_BISECT_TRY
}

/** The number with which a new search of a canary begins. */
export function nextFirstTry({ bisect }: Pick<CanaryFacts, 'bisect'>): number {
  return bisect === undefined ? FIRST_BISECT_TRY : bisect.firstTry + spanOf(bisect)
}

/** The highest number that a try of the newest search can have. */
export function lastBisectTry({ bisect }: Pick<CanaryFacts, 'bisect'>): number {
  return bisect === undefined ? 0 : bisect.firstTry + spanOf(bisect) - 1
}

/** The first try of each suspect of a search, in their order. */
export function firstTries({ firstTry, suspects }: BisectFacts): readonly number[] {
  return suspects.map((_, index) => firstTry + index * TRIES_PER_SUSPECT)
}

/** What a try of the newest search tests; null for other tries. */
export function suspectOf({ bisect }: Pick<CanaryFacts, 'bisect'>, number: number): Suspect | null {
  if (bisect === undefined || number < bisect.firstTry) return null
  return bisect.suspects[Math.floor((number - bisect.firstTry) / TRIES_PER_SUSPECT)] ?? null
}

/** A try of a round or of a search. */
export function tryOf({ tries, bisect }: CanaryFacts, number: number): TryFacts | undefined {
  return isBisectTry(number) ? bisect?.tries[number] : tries[number]
}

/** The canary with a try of a round or of a search changed. */
export function storeTry(canary: CanaryFacts, facts: TryFacts): CanaryFacts {
  const { tries, bisect } = canary
  if (!isBisectTry(facts.number)) return { ...canary, tries: { ...tries, [facts.number]: facts } }
  if (bisect === undefined) return canary
  return { ...canary, bisect: { ...bisect, tries: { ...bisect.tries, [facts.number]: facts } } }
}

/** The tries of all rounds and searches. */
export function allTries({ tries, bisect }: CanaryFacts): readonly TryFacts[] {
  const rounds = Object.values(tries)
  return bisect === undefined ? rounds : [...rounds, ...Object.values(bisect.tries)]
}

/** What is known of a suspect. `skipped`: its tries say nothing that would help. */
export type SuspectVerdict = 'good' | 'bad' | 'skipped' | 'under-way' | 'untested'

/** Where a search is. */
export interface Search {
  /** One for each suspect. */
  readonly verdicts: readonly SuspectVerdict[]
  /** Index of the suspect under test; null when none is. */
  readonly current: number | null
  /** The number of the try that should run next, when one is wanted now. */
  readonly wantsTry: number | null
  /** Set once nothing more is to be tested. */
  readonly found: BisectFound | null
}

/**
 * Where the newest search of a canary is, as a function of everything known. It assumes that one change breaks the
 * canary and that later releases keep it. Versions of a line are searched by halves, beginning between a baseline
 * that is good and a candidate that is bad; what cannot be judged is passed over. Members of a train are tested
 * one after the other, each with the baselines of the others. A suspect is judged by as many tries as the policy
 * asks for, each paired with the baseline like all tries.
 */
export function searchOf(canary: CanaryFacts, rule: CanariesRule, now: number): Search | null {
  const { bisect } = canary
  if (bisect === undefined) return null
  const judged = judgeSuspects(canary, bisect, rule, now)
  const current = bisect.kind === 'line' ? nextByHalves(judged) : nextInTurn(judged)
  const verdicts = judged.map(({ verdict }, index) =>
    verdict === 'untested' && index === current ? 'under-way' : verdict,
  )
  const search = { verdicts, current: null, wantsTry: null }
  if (bisect.found !== null) return { ...search, found: bisect.found }
  if (current === null) return { ...search, found: conclude(bisect, verdicts) }
  const wantsTry = judged[current]?.wantsTry ?? null
  if (wantsTry !== null && cannotRun(canary, bisect)) {
    return { ...search, found: { answer: 'stopped', releases: leftOf(bisect, verdicts) } }
  }
  return { ...search, current, wantsTry, found: null }
}

/** When a search stops waiting: it has the time of one round for each step. */
export function searchDeadline(bisect: BisectFacts, rule: CanariesRule): number {
  const count = bisect.suspects.length
  const steps = bisect.kind === 'line' ? Math.ceil(Math.log2(count)) + 1 : count
  return bisect.startedAt + steps * rule.timeoutMs
}

/** The releases among which the first bad one still can be. */
export function leftOf(
  { kind, suspects }: BisectFacts,
  verdicts: readonly SuspectVerdict[],
): readonly string[] {
  const { low, high } = bounds(verdicts)
  return suspects.flatMap(({ release }, index) => {
    const left = kind === 'line' ? index > low && index <= high : verdicts[index] !== 'good'
    return left ? [release] : []
  })
}

function spanOf({ suspects }: BisectFacts): number {
  return suspects.length * TRIES_PER_SUSPECT
}

interface Judged {
  readonly verdict: SuspectVerdict
  readonly wantsTry: number | null
}

function judgeSuspects(
  canary: CanaryFacts,
  bisect: BisectFacts,
  rule: CanariesRule,
  now: number,
): readonly Judged[] {
  const deadline = searchDeadline(bisect, rule)
  const firsts = firstTries(bisect)
  return bisect.suspects.map((suspect, index): Judged => {
    const first = firsts[index] ?? bisect.firstTry
    // The candidate of a line is why there is a search.
    if (bisect.kind === 'line' && index === bisect.suspects.length - 1)
      return { verdict: 'bad', wantsTry: null }
    const tries = Object.values(bisect.tries)
      .filter(({ number }) => number >= first && number < first + TRIES_PER_SUSPECT)
      .sort((left, right) => left.number - right.number)
    const releases = [{ candidate: suspect.release, baseline: suspect.baseline }]
    const context: PairContext = { entry: canary.entry, releases, deadline, now, spareTries: SPARE_TRIES }
    const { kind, wantsTry } = judgeTries(tries, first, ruleFor(canary, rule), context)
    return { verdict: verdictOf(kind, tries.length > 0), wantsTry }
  })
}

function verdictOf(kind: ReturnType<typeof judgeTries>['kind'], begun: boolean): SuspectVerdict {
  switch (kind) {
    case 'regressed':
      return 'bad'
    case 'same-pass':
    case 'fixed':
      return 'good'
    case 'pending':
      return begun ? 'under-way' : 'untested'
    default:
      return 'skipped'
  }
}

/** The last release known to be good and the first one known to be bad after it, by index. */
function bounds(verdicts: readonly SuspectVerdict[]): { readonly low: number; readonly high: number } {
  const high = verdicts.indexOf('bad')
  const low = verdicts.slice(0, high < 0 ? verdicts.length : high).lastIndexOf('good')
  return { low, high: high < 0 ? verdicts.length - 1 : high }
}

/** The suspect nearest to the middle of what is left that is not passed over; null when none is left. */
function nextByHalves(judged: readonly Judged[]): number | null {
  const verdicts = judged.map(({ verdict }) => verdict)
  const { low, high } = bounds(verdicts)
  const middle = (low + high) / 2
  const open = verdicts
    .map((verdict, index) => ({ verdict, index }))
    .slice(low + 1, high)
    .filter(({ verdict }) => verdict !== 'skipped')
  // What has begun is finished first.
  const begun = open.find(({ verdict }) => verdict === 'under-way')
  open.sort((left, right) => Math.abs(left.index - middle) - Math.abs(right.index - middle))
  return begun?.index ?? open[0]?.index ?? null
}

/** The first that has no answer, unless one was found to be bad alone. */
function nextInTurn(judged: readonly Judged[]): number | null {
  if (judged.some(({ verdict }) => verdict === 'bad')) return null
  const index = judged.findIndex(({ verdict }) => verdict === 'under-way' || verdict === 'untested')
  return index < 0 ? null : index
}

function conclude(bisect: BisectFacts, verdicts: readonly SuspectVerdict[]): BisectFound {
  const left = leftOf(bisect, verdicts)
  if (bisect.kind === 'line') return { answer: left.length === 1 ? 'found' : 'unclear', releases: left }
  const bad = bisect.suspects.filter((_, index) => verdicts[index] === 'bad').map(({ release }) => release)
  if (bad.length > 0) return { answer: 'found', releases: bad }
  if (left.length > 0) return { answer: 'unclear', releases: left }
  return { answer: 'together', releases: bisect.suspects.map(({ release }) => release) }
}

/** Whether the canary was found in a state, since the search began, in which no run can be started. */
function cannotRun({ state }: CanaryFacts, { startedAt }: BisectFacts): boolean {
  return state !== null && state.state !== 'ok' && state.at >= startedAt
}
