import { ownEntry } from '../../versions/own-entry.ts'
import type { CanaryFacts, ComparisonKind, Outcome, TryFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { CanariesRule } from '../policy.ts'
import { type ArmPair, answerDueAt, armsToDispatch, judgePair, type PairContext } from './arm-pair.ts'

/** Tries that broke may be replaced; each waits twice as long as the one before, so these last for weeks. */
const SPARE_TRIES = 16
/** The wait before the third of tries that break one after the other; the second is made at once. */
const FIRST_WAIT_MS = 60_000

/** The leg of a plain run, and of a run of several legs that told of none. */
const PLAIN_LEG = 'default'

/** From worst to best; the worst leg speaks for the canary. */
const WORST_FIRST: readonly Judgement['kind'][] = [
  'regressed',
  'newly-flaky',
  'pending',
  'infra',
  'timed-out',
  'no-baseline',
  'not-exercised',
  'same-fail',
  'fixed',
  'same-pass',
]

/** What the worst leg says, before it is a person's sentence. */
export interface Judgement {
  readonly leg: string
  readonly kind: Exclude<ComparisonKind, 'waived'>
  readonly wantsTry: number | null
  readonly detail: string
}

/** The highest try number that can be wanted in the round that begins at `firstTry`. */
export function lastTryOf(
  rule: Pick<CanariesRule, 'tries'>,
  firstTry: number,
  { spareTries = SPARE_TRIES }: Pick<PairContext, 'spareTries'> = {},
): number {
  return firstTry + rule.tries + spareTries - 1
}

/** The judgement over all legs of the tries of one round: the worst leg speaks, any leg may want another try. */
export function judgeTries(
  tries: readonly TryFacts[],
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): Judgement {
  if (tries.length === 0) return nextTry(PLAIN_LEG, firstTry, null, context)
  let worst: Judgement | null = null
  let wantsTry: number | null = null
  let open = false
  const consider = (judged: Judgement) => {
    if (worst === null || rank(judged.kind) < rank(worst.kind)) worst = judged
    if (judged.wantsTry !== null) wantsTry = Math.max(wantsTry ?? 0, judged.wantsTry)
    else if (judged.kind === 'pending' && !isWhole(tries.at(-1))) open = true
  }
  for (const leg of legsOf(tries)) consider(judgeLeg(leg, tries, firstTry, rule, context))
  const missing = judgeMissing(tries, firstTry, rule, context)
  if (missing !== null) consider(missing)
  if (worst === null) throw new Error('a try has at least one leg')
  // One run after the other: a leg that wants another try waits until all have answered.
  return { ...(worst as Judgement), wantsTry: open ? null : wantsTry }
}

/** What each leg of a matrix says by itself; empty for a plain run. */
export function judgeLegs(
  tries: readonly TryFacts[],
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): readonly Judgement[] {
  const legs = tries.length === 0 ? [] : legsOf(tries)
  if (legs.length < 2 && legs[0] === PLAIN_LEG) return []
  return legs.map((leg) => judgeLeg(leg, tries, firstTry, rule, context))
}

/**
 * Legs of the last try's run that have not reported and have no name yet: a canary is not decided by those of
 * its legs that happen to be fast. A run of several legs says how many there are, or else that it has ended.
 */
function judgeMissing(
  tries: readonly TryFacts[],
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): Judgement | null {
  const last = tries.at(-1)
  if (last === undefined) return null
  if (tries.every((facts) => namedLegs(facts) === 0)) return null
  if (!isWhole(last) && context.now < answerDueAt(last, context)) {
    const wantsTry = isStarted(last, context) ? null : last.number
    return { leg: PLAIN_LEG, kind: 'pending', wantsTry, detail: '' }
  }
  return missed(tries, last, firstTry, rule, context)
}

/** Whether no further leg of a try can be expected. */
function isWhole(facts: TryFacts | undefined): boolean {
  if (facts === undefined || facts.ended === true) return true
  const { candidate, baseline } = ownEntry(facts.legs, PLAIN_LEG) ?? {}
  if (candidate !== undefined && baseline !== undefined) return true
  const named = namedLegs(facts)
  return named > 0 && named >= (facts.expectedLegs ?? Number.POSITIVE_INFINITY)
}

function namedLegs(facts: TryFacts): number {
  return Object.keys(facts.legs).filter((leg) => leg !== PLAIN_LEG).length
}

/** Legs that the run said it has and that gave no report. */
function missed(
  tries: readonly TryFacts[],
  last: TryFacts,
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): Judgement | null {
  const named = namedLegs(last)
  const expected = Math.max(...tries.map(({ expectedLegs = 0 }) => expectedLegs))
  // A run that ended without any report stands for itself, under the plain leg.
  if (named >= expected || (named === 0 && ownEntry(last.legs, PLAIN_LEG) !== undefined)) return null
  const detail = `${expected - named} of its ${expected} legs gave no report`
  if (last.number >= lastTryOf(rule, firstTry, context))
    return { leg: PLAIN_LEG, kind: 'infra', wantsTry: null, detail }
  const short = trailing(tries, (facts) => namedLegs(facts) < expected)
  const again = afterBreak(PLAIN_LEG, short, last, context)
  return again ?? nextTry(PLAIN_LEG, last.number + 1, { kind: 'infra', detail, retriable: true }, context)
}

/** Tries of the round in order; a retried canary's earlier tries do not count. */
export function triesOfRound(canary: CanaryFacts): readonly TryFacts[] {
  const tries = Object.values(canary.tries)
  if (tries.length === 0) return tries
  return tries
    .filter((facts) => facts.number >= canary.firstTry)
    .sort((left, right) => left.number - right.number)
}

function legsOf(tries: readonly TryFacts[]): readonly string[] {
  const legs = new Set<string>()
  for (const facts of tries) for (const leg of Object.keys(facts.legs)) legs.add(leg)
  // A run that ended without a report stands in for legs that nobody knew of; no later try can answer for it.
  if (legs.size > 1 && tries.every(({ legs: said }) => isStandIn(said[PLAIN_LEG]))) legs.delete(PLAIN_LEG)
  return legs.size < 2 ? [...(legs.size === 0 ? [PLAIN_LEG] : legs)] : [...legs].sort()
}

function isStandIn(arms: TryFacts['legs'][string] | undefined): boolean {
  const broken = (outcome: Outcome | undefined) => outcome === undefined || outcome === 'infra'
  return broken(arms?.candidate?.outcome) && broken(arms?.baseline?.outcome)
}

function judgeLeg(
  leg: string,
  tries: readonly TryFacts[],
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): Judgement {
  const pairs = tries.map((facts) => judgePair(facts, leg, context))
  const settled = settledKind(pairs, rule)
  if (settled !== null) return { leg, kind: settled, wantsTry: null, detail: '' }
  const last = tries.at(-1)
  const pair = pairs.at(-1)
  if (last === undefined || pair === undefined) return nextTry(leg, firstTry, null, context)
  if (pair.kind === 'open') {
    return { leg, kind: 'pending', wantsTry: isStarted(last, context) ? null : last.number, detail: '' }
  }
  if ('retriable' in pair && !pair.retriable) {
    return { leg, kind: pair.kind, wantsTry: null, detail: pair.detail }
  }
  const broken = 'retriable' in pair ? pair : null
  if (last.number >= lastTryOf(rule, firstTry, context)) {
    return {
      leg,
      kind: broken?.kind ?? 'infra',
      wantsTry: null,
      detail: 'too few of its tries could be judged',
    }
  }
  const broke = trailing(pairs, (one) => 'retriable' in one)
  return afterBreak(leg, broke, last, context) ?? nextTry(leg, last.number + 1, broken, context)
}

/** How many at the end are so. */
function trailing<T>(all: readonly T[], is: (one: T) => boolean): number {
  return all.length - 1 - all.findLastIndex((one) => !is(one))
}

/**
 * Where runs break one after the other (runners are away, the forge is ill) the next try waits a while, so that an
 * outage is outlasted instead of using up all tries within minutes. Null: the next one may be made now.
 */
function afterBreak(leg: string, broke: number, last: TryFacts, context: PairContext): Judgement | null {
  if (broke < 2) return null
  const until = endOf(last, context) + FIRST_WAIT_MS * 2 ** (broke - 2)
  if (context.now >= Math.min(until, context.deadline)) return null
  const detail = `its last ${broke} runs broke, the next is started at ${formatTime(until)}`
  return { leg, kind: 'pending', wantsTry: null, detail }
}

/** When the last was heard of a try; of one that never answered, when it should have. */
function endOf(facts: TryFacts, context: PairContext): number {
  const heard = Object.values(facts.legs).flatMap((arms) =>
    Object.values(arms).map(({ observedAt }) => observedAt),
  )
  return heard.length === 0 ? answerDueAt(facts, context) : Math.max(...heard)
}

/** Another try while there is time for one; else what the last one was. */
function nextTry(
  leg: string,
  number: number,
  broken: Extract<ArmPair, { retriable: boolean }> | null,
  context: PairContext,
): Judgement {
  if (context.now < context.deadline) return { leg, kind: 'pending', wantsTry: number, detail: '' }
  if (broken !== null) return { leg, kind: broken.kind, wantsTry: null, detail: broken.detail }
  return { leg, kind: 'timed-out', wantsTry: null, detail: 'no answer in time' }
}

/** Nothing more has to be started for this try: all its arms run, or its own workflow is at work. */
function isStarted(facts: TryFacts, context: PairContext): boolean {
  if (context.entry.mode === 'dispatch') return armsToDispatch(context.entry, facts).length === 0
  if (Object.keys(facts.legs).length > 0) return true
  // A run that took a pulled try and died leaves it to the next run.
  const { timeoutMs } = context.entry
  return Object.values(facts.dispatches).some(({ at }) => context.now < at + timeoutMs)
}

/**
 * The answer once there is one: a candidate that passed needs no further try, one that fails must fail in
 * `tries` tries. Mixed answers are the candidate's fault only where the baseline did better.
 */
function settledKind(pairs: readonly ArmPair[], rule: CanariesRule): Judgement['kind'] | null {
  let passes = 0
  let fails = 0
  let baselinePasses = 0
  let baselineFails = 0
  for (const { kind } of pairs) {
    if (kind === 'both-pass' || kind === 'candidate-fixes') passes += 1
    if (kind === 'both-fail' || kind === 'candidate-fails') fails += 1
    if (kind === 'both-pass' || kind === 'candidate-fails') baselinePasses += 1
    if (kind === 'both-fail' || kind === 'candidate-fixes') baselineFails += 1
  }
  if (passes === 0 && fails < rule.tries) return null
  if (baselinePasses === 0) return passes === 0 ? 'same-fail' : 'fixed'
  if (fails === 0) return 'same-pass'
  if (baselineFails === 0) return passes === 0 ? 'regressed' : 'newly-flaky'
  return passes === 0 ? 'newly-flaky' : 'same-pass'
}

function rank(kind: Judgement['kind']): number {
  return WORST_FIRST.indexOf(kind)
}
