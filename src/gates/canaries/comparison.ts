import { ownEntry } from '../../versions/own-entry.ts'
import type { CanaryFacts, Comparison, ComparisonKind, GateFacts, Outcome, TryFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { CanariesRule } from '../policy.ts'
import { flakeModelOf, triesFor } from '../statistics/flake-model.ts'
import { notInstalled, type PairContext } from './arm-pair.ts'
import { type Judgement, judgeLegs, judgeTries, triesOfRound } from './judge-tries.ts'
import { observedTries, sayUnpaired } from './observed-tries.ts'

const DECIDED: ReadonlySet<ComparisonKind> = new Set([
  'regressed',
  'newly-flaky',
  'same-fail',
  'fixed',
  'same-pass',
])

/** When the gate stops waiting for the open tries of a canary. */
export function deadlineOf(canary: CanaryFacts, rule: CanariesRule): number {
  return canary.roundStartedAt + rule.timeoutMs
}

/** What a comparison says without its words: all that a gate needs, and cheap. */
export type Said = Pick<Comparison, 'kind' | 'decided' | 'wantsTry'>

/**
 * What a canary's tries say together (the table of DESIGN.md section 6), as a function of everything known:
 * order and time of arrival do not matter. A waiver counts while it has not expired and the evidence is the same.
 */
export function judge(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): Said {
  const { tries, judged } = judgeRound(canary, rule, contextOf(canary, releases, rule, now))
  return isWaived(canary, judged, tries, now) ? WAIVED : said(judged)
}

/**
 * `judge` with its evidence and its sentence. `secret`: for readers outside of a private canary's repository,
 * who see neither its legs nor its own words.
 */
export function compare(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
  secret = false,
): Comparison {
  const context = contextOf(canary, releases, rule, now)
  const { tries, judged } = judgeRound(canary, rule, context)
  const { waiver } = canary
  const waived = isWaived(canary, judged, tries, now)
  const sentence =
    waived && waiver !== null
      ? `waived by ${waiver.by} until ${formatTime(waiver.expiresAt)}: ${waiver.reason}`
      : describe(secret ? withoutDetails(judged) : judged, tries.length, context)
  const evidence = comparisonKey(judged.kind, canary.roundStartedAt, tries)
  return { canary: canary.entry.id, ...(waived ? WAIVED : said(judged)), evidence, sentence }
}

interface Round {
  readonly tries: readonly TryFacts[]
  readonly judged: Judgement
}

/** Nobody tests for it: it stays undecided until a person waives it. */
const notOffered: Judgement = {
  leg: 'default',
  kind: 'not-exercised',
  wantsTry: null,
  detail: ': it does not offer to test',
}

function judgeRound(canary: CanaryFacts, rule: CanariesRule, context: PairContext): Round {
  if (canary.entry.mode === 'absent') return { tries: [], judged: notOffered }
  if (canary.entry.mode === 'observe') return judgeObserved(canary, rule, context)
  const tries = triesOfRound(canary)
  const judged = judgeTries(tries, canary.firstTry, ruleFor(canary, rule), context)
  if (!isQuarantined(canary)) return { tries, judged: underCondition(canary, judged) }
  const asked = underCondition(canary, withSecondTry(judged, tries, context))
  return { tries, judged: quarantined(canary, asked) }
}

/** Its runs are its own: none can be asked for, and what comes late still counts. */
function judgeObserved(canary: CanaryFacts, rule: CanariesRule, context: PairContext): Round {
  const tries = observedTries(canary)
  const judged = { ...judgeTries(tries, canary.firstTry, ruleFor(canary, rule), context), wantsTry: null }
  if (isQuarantined(canary)) return { tries, judged: quarantined(canary, judged) }
  if (tries.length > 0 || judged.kind === 'pending') return { tries, judged }
  return { tries, judged: { ...judged, kind: 'not-exercised', detail: sayUnpaired(canary) } }
}

/** The rule with as many tries as the canary's own history asks for. */
export function ruleFor({ entry }: CanaryFacts, rule: CanariesRule): CanariesRule {
  const tries = triesFor(rule.tries, entry.flakiness)
  return tries === rule.tries ? rule : { ...rule, tries }
}

/** Whether its history says that its answers cannot be told from chance. */
function isQuarantined({ entry }: CanaryFacts): boolean {
  return entry.flakiness !== undefined && flakeModelOf(entry.flakiness)?.quarantined === true
}

function quarantined({ entry }: CanaryFacts, { wantsTry }: Judgement): Judgement {
  const { flips = 0, pairs = 0 } = entry.flakiness ?? {}
  const detail = `: ${flips} of ${pairs} pairs of equal runs disagreed`
  return { leg: 'default', kind: 'quarantined', wantsTry, detail }
}

/** In quarantine a canary is run again whatever it said first: two baseline runs are a pair of its history. */
function withSecondTry(judged: Judgement, tries: readonly TryFacts[], context: PairContext): Judgement {
  const [only, second] = tries
  const done = only !== undefined && second === undefined && judged.kind !== 'pending'
  if (!done || judged.wantsTry !== null || context.now >= context.deadline) return judged
  return { ...judged, wantsTry: only.number + 1 }
}

/** A canary that cannot be tested now is undecided for that reason, unless its run is under way or has answered. */
function underCondition(canary: CanaryFacts, judged: Judgement): Judgement {
  const { state } = canary
  if (state === null || state.state === 'ok' || judged.wantsTry === null) return judged
  return { ...judged, kind: 'infra', wantsTry: null, detail: `${state.message} (${state.state})` }
}

/** What one leg of a canary's matrix says, and how its arms ended last. */
export interface LegComparison {
  readonly leg: string
  readonly kind: ComparisonKind
  readonly candidate: Outcome | null
  readonly baseline: Outcome | null
  readonly url: string | null
}

/** The legs of a canary by name; empty for a plain run. */
export function compareLegs(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): readonly LegComparison[] {
  const tries = triesOfRound(canary)
  const judged = judgeLegs(
    tries,
    canary.firstTry,
    ruleFor(canary, rule),
    contextOf(canary, releases, rule, now),
  )
  return judged.map(({ leg, kind }) => {
    const arms = tries.findLast(({ legs }) => ownEntry(legs, leg) !== undefined)?.legs[leg]
    const { candidate, baseline } = arms ?? {}
    const url = candidate?.url ?? baseline?.url ?? null
    return { leg, kind, candidate: candidate?.outcome ?? null, baseline: baseline?.outcome ?? null, url }
  })
}

const WAIVED: Said = { kind: 'waived', decided: true, wantsTry: null }

function said({ kind, wantsTry }: Judgement): Said {
  return { kind, decided: DECIDED.has(kind), wantsTry }
}

function isWaived(canary: CanaryFacts, judged: Judgement, tries: readonly TryFacts[], now: number): boolean {
  const { waiver } = canary
  if (waiver === null || now >= waiver.expiresAt || judged.kind === 'quarantined') return false
  return waiver.evidence === comparisonKey(judged.kind, canary.roundStartedAt, tries)
}

function contextOf(
  canary: CanaryFacts,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): PairContext {
  return { entry: canary.entry, releases, deadline: deadlineOf(canary, rule), now }
}

/**
 * Identity of a comparison: what it says, the round it is of and every answer behind it. A waiver is bound to it,
 * so a round that again gives no answer at all is not waived by what was said of the one before.
 */
function comparisonKey(kind: ComparisonKind, roundStartedAt: number, tries: readonly TryFacts[]): string {
  let key = `${kind}@${roundStartedAt}`
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

function withoutDetails(judged: Judgement): Judgement {
  // The other kinds are explained in words of our own.
  const { kind } = judged
  if (kind === 'quarantined') return { ...judged, detail: '' }
  if (kind === 'not-exercised') return { ...judged, leg: 'default', detail: notInstalled }
  const detail = kind === 'infra' ? 'why is told in its own repository only' : judged.detail
  return { ...judged, leg: 'default', detail }
}

function describe(judged: Judgement, tries: number, context: PairContext): string {
  const leg = judged.leg === 'default' ? '' : ` on ${judged.leg}`
  switch (judged.kind) {
    case 'regressed':
      return `the baseline passed and the candidate failed${leg} in every one of ${countTries(tries)}${byChance(context)}`
    case 'newly-flaky':
      return `the candidate failed${leg} in some tries where the baseline passed`
    case 'pending':
      return `waiting for its answer${leg}, at most until ${formatTime(context.deadline)}${also(judged.detail)}`
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
    case 'quarantined':
      return `is in quarantine, because its own tests fail by chance${judged.detail}. It counts for nothing; every rollout runs it twice to see whether it has settled`
  }
}

function also(detail: string): string {
  return detail === '' ? '' : `; ${detail}`
}

/** How likely a canary with a history fails so by itself. */
function byChance({ entry }: PairContext): string {
  const model = flakeModelOf(entry.flakiness)
  if (model === null) return ''
  const rollouts = 1 / (1 - model.failureWeight)
  return `; by chance it does so once in ${Number(rollouts.toPrecision(2))} rollouts`
}

function countTries(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`
}
