import { ownEntry } from '../versions/own-entry.ts'
import type { PairContext } from './arm-pair.ts'
import type { CanaryFacts, Comparison, ComparisonKind, GateFacts, Outcome, TryFacts } from './evidence.ts'
import { formatTime } from './format-time.ts'
import { type Judgement, judgeLegs, judgeTries, triesOfRound } from './judge-tries.ts'
import type { CanariesRule } from './policy.ts'

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
  const tries = triesOfRound(canary)
  const context = contextOf(canary, releases, rule, now)
  const judged = underCondition(canary, judgeTries(tries, canary.firstTry, rule, context))
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
  const tries = triesOfRound(canary)
  const context = contextOf(canary, releases, rule, now)
  const judged = underCondition(canary, judgeTries(tries, canary.firstTry, rule, context))
  const { waiver } = canary
  const waived = isWaived(canary, judged, tries, now)
  const sentence =
    waived && waiver !== null
      ? `waived by ${waiver.by} until ${formatTime(waiver.expiresAt)}: ${waiver.reason}`
      : describe(secret ? withoutDetails(judged) : judged, tries.length, context)
  const evidence = comparisonKey(judged.kind, canary.roundStartedAt, tries)
  return { canary: canary.entry.id, ...(waived ? WAIVED : said(judged)), evidence, sentence }
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
  const judged = judgeLegs(tries, canary.firstTry, rule, contextOf(canary, releases, rule, now))
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
  if (waiver === null || now >= waiver.expiresAt) return false
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
  const detail = judged.kind === 'infra' ? 'why is told in its own repository only' : judged.detail
  return { ...judged, leg: 'default', detail }
}

function describe(judged: Judgement, tries: number, context: PairContext): string {
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
  }
}

function countTries(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`
}
