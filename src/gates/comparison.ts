import { ownEntry } from '../versions/own-entry.ts'
import { type ArmPair, armsToDispatch, judgePair, type PairContext } from './arm-pair.ts'
import type { CanaryFacts, Comparison, ComparisonKind, GateFacts, TryFacts } from './evidence.ts'
import { formatTime } from './format-time.ts'
import type { CanariesRule } from './policy.ts'

/** Tries that broke may be replaced, but not without end. */
const SPARE_TRIES = 2

/** From worst to best; the worst leg speaks for the canary. */
const WORST_FIRST: readonly ComparisonKind[] = [
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
  'waived',
]

const DECIDED: ReadonlySet<ComparisonKind> = new Set([
  'regressed',
  'newly-flaky',
  'same-fail',
  'fixed',
  'same-pass',
  'waived',
])

/** What one leg says, before it is a person's sentence. */
interface LegJudgement {
  readonly leg: string
  readonly kind: ComparisonKind
  readonly wantsTry: number | null
  readonly detail: string
}

/** The highest try number that can be wanted in the round that begins at `firstTry`. */
export function lastTryOf(rule: Pick<CanariesRule, 'tries'>, firstTry: number): number {
  return firstTry + rule.tries + SPARE_TRIES - 1
}

/** When the gate stops waiting for the open tries of a canary. */
export function deadlineOf(canary: CanaryFacts, rule: CanariesRule): number {
  return canary.roundStartedAt + rule.timeoutMs
}

/**
 * What a canary's tries say together (the table of DESIGN.md section 6), as a function of everything known:
 * order and time of arrival do not matter. A waiver counts while it has not expired and the evidence is the same.
 */
export function compare(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): Comparison {
  const tries = triesOfRound(canary)
  const context = { entry: canary.entry, releases, deadline: deadlineOf(canary, rule), now }
  let worst: LegJudgement | null = null
  let wantsTry: number | null = null
  for (const leg of legsOf(tries)) {
    const judged = judgeLeg(leg, tries, canary.firstTry, rule, context)
    if (worst === null || rank(judged.kind) < rank(worst.kind)) worst = judged
    if (judged.wantsTry !== null) wantsTry = Math.max(wantsTry ?? 0, judged.wantsTry)
  }
  if (worst === null) throw new Error('a canary has at least one leg')
  const evidence = comparisonKey(worst.kind, tries)
  const { waiver } = canary
  if (waiver !== null && waiver.evidence === evidence && now < waiver.expiresAt) {
    const sentence = `waived by ${waiver.by} until ${formatTime(waiver.expiresAt)}: ${waiver.reason}`
    return { canary: canary.entry.id, kind: 'waived', decided: true, wantsTry: null, evidence, sentence }
  }
  const decided = DECIDED.has(worst.kind)
  const sentence = describe(worst, tries.length, context)
  return { canary: canary.entry.id, kind: worst.kind, decided, wantsTry, evidence, sentence }
}

/** Tries of the round in order; a retried canary's earlier tries do not count. */
function triesOfRound(canary: CanaryFacts): readonly TryFacts[] {
  const tries = Object.values(canary.tries)
  if (tries.length === 0) return tries
  return tries
    .filter((facts) => facts.number >= canary.firstTry)
    .sort((left, right) => left.number - right.number)
}

function legsOf(tries: readonly TryFacts[]): readonly string[] {
  const legs = new Set<string>()
  for (const facts of tries) for (const leg of Object.keys(facts.legs)) legs.add(leg)
  return legs.size === 0 ? ['default'] : [...legs].sort()
}

function judgeLeg(
  leg: string,
  tries: readonly TryFacts[],
  firstTry: number,
  rule: CanariesRule,
  context: PairContext,
): LegJudgement {
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
  if (last.number >= lastTryOf(rule, firstTry)) {
    return {
      leg,
      kind: broken?.kind ?? 'infra',
      wantsTry: null,
      detail: 'too few of its tries could be judged',
    }
  }
  return nextTry(leg, last.number + 1, broken, context)
}

/** Another try while there is time for one; else what the last one was. */
function nextTry(
  leg: string,
  number: number,
  broken: Extract<ArmPair, { retriable: boolean }> | null,
  context: PairContext,
): LegJudgement {
  if (context.now < context.deadline) return { leg, kind: 'pending', wantsTry: number, detail: '' }
  if (broken !== null) return { leg, kind: broken.kind, wantsTry: null, detail: broken.detail }
  return { leg, kind: 'timed-out', wantsTry: null, detail: 'no answer in time' }
}

/** Nothing more has to be started for this try: all its arms run, or its own workflow is at work. */
function isStarted(facts: TryFacts, context: PairContext): boolean {
  if (context.entry.mode === 'dispatch') return armsToDispatch(context.entry, facts).length === 0
  return Object.keys(facts.legs).length > 0
}

/**
 * The answer once there is one: a candidate that passed needs no further try, one that fails must fail in
 * `tries` tries. Mixed answers are the candidate's fault only where the baseline did better.
 */
function settledKind(pairs: readonly ArmPair[], rule: CanariesRule): ComparisonKind | null {
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

/** Identity of a comparison: what it says and every answer behind it. A waiver is bound to it. */
function comparisonKey(kind: ComparisonKind, tries: readonly TryFacts[]): string {
  let key: string = kind
  for (const facts of tries) {
    for (const leg of Object.keys(facts.legs).sort()) {
      const arms = ownEntry(facts.legs, leg)
      for (const arm of ['candidate', 'baseline'] as const) {
        const result = arms?.[arm]
        if (result === undefined) continue
        key += `|${facts.number}/${leg}/${arm}:${result.outcome}:${result.runId}.${result.runAttempt}`
      }
    }
  }
  return key
}

function rank(kind: ComparisonKind): number {
  return WORST_FIRST.indexOf(kind)
}

function describe(judged: LegJudgement, tries: number, context: PairContext): string {
  const leg = judged.leg === 'default' ? '' : ` on ${judged.leg}`
  switch (judged.kind) {
    case 'regressed':
      return `the baseline passed and the candidate failed${leg} in every one of ${countTries(tries)}`
    case 'newly-flaky':
      return `the candidate failed${leg} in some tries where the baseline passed`
    case 'pending':
      return `waiting for its answer${leg}, at most until ${formatTime(context.deadline)}`
    case 'same-pass':
      return `passes as with the baseline${leg}`
    case 'same-fail':
      return `fails${leg}, and fails with the baseline too`
    case 'fixed':
      return `passes${leg}, where the baseline fails`
    case 'not-exercised':
      return `says nothing about the candidate${leg}: ${judged.detail}`
    case 'infra':
      return `could not be judged${leg}: ${judged.detail || 'its run broke'}`
    case 'no-baseline':
      return `has nothing to compare with${leg}: ${judged.detail}`
    case 'timed-out':
      return `gave no answer in time${leg}`
    case 'waived':
      return 'waived'
  }
}

function countTries(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`
}
