import type { GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { ExposureRule, Stage } from '../policy.ts'
import { type HarmEvidence, harmEvidence } from '../statistics/harm-evidence.ts'
import { closedObservations, isClosed, type Look, type Observation } from '../statistics/observations.ts'
import { mismatchProof, ratioEvidence } from '../statistics/ratio-evidence.ts'
import type { Verdict } from '../verdict.ts'
import { bakeUntil } from './bake.ts'

/** What the ordinary runs of a rollout amount to; pure data, so that it can be kept while the runs are the same. */
interface Summary {
  readonly evidence: HarmEvidence
  readonly mismatch: number
  readonly candidate: Arm
  readonly baseline: Arm
  /** Repositories that came too late to have a vote. */
  readonly young: number
}

interface Arm {
  readonly repositories: number
  readonly runs: number
  /** Mean over repositories of their share of failed runs, in percent with one decimal. */
  readonly failed: number
}

/**
 * Ordinary CI runs of repositories that happened to get the candidate against those that got the baseline at the
 * same time (docs/statistics.md). Passes when a rise of the failure rate by `maxHarm` is ruled out, fails when any
 * rise is shown before that, and otherwise waits for data, at most as long as `onInconclusive` says.
 */
export function exposureGate(rule: ExposureRule, stage: Stage, facts: GateFacts, now: number): Verdict {
  const summary = summaryOf(facts.exposures, { basisPoints: stage.basisPoints, now }, rule)
  return (
    mismatched(summary) ??
    harmless(rule, summary) ??
    harmful(rule, facts, summary) ??
    uncomparable(stage, summary) ??
    inconclusive(rule, stage, facts, summary, now)
  )
}

/** The last summary of a table of facts: most looks come while nothing new is closed. */
const summaries = new WeakMap<GateFacts['exposures'], { readonly key: string; readonly summary: Summary }>()

/** What is closed only grows while the facts are the same, so its number says which they are. */
function summaryOf(exposures: GateFacts['exposures'], look: Look, rule: ExposureRule): Summary {
  const facts = Object.values(exposures)
  const closed = facts.reduce((count, fact) => count + Number(isClosed(fact, look)), 0)
  const key = `${closed}/${look.basisPoints}/${rule.maxHarmBasisPoints}`
  const known = summaries.get(exposures)
  if (known?.key === key) return known.summary
  const young = new Set(facts.flatMap((fact) => (fact.young === true ? [fact.cluster] : []))).size
  const summary = { ...summarise(closedObservations(facts, look), rule), young }
  summaries.set(exposures, { key, summary })
  return summary
}

function summarise(observations: readonly Observation[], rule: ExposureRule): Omit<Summary, 'young'> {
  return {
    evidence: harmEvidence(observations, rule.maxHarmBasisPoints / 10_000),
    mismatch: ratioEvidence(observations),
    candidate: armOf(observations.filter(({ exposed }) => exposed)),
    baseline: armOf(observations.filter(({ exposed }) => !exposed)),
  }
}

function armOf(observations: readonly Observation[]): Arm {
  const repositories = observations.length
  const shares = observations.reduce((sum, { failed }) => sum + failed, 0)
  const runs = observations.reduce((sum, one) => sum + one.runs, 0)
  const failed = repositories === 0 ? 0 : Math.round((shares / repositories) * 1000) / 10
  return { repositories, runs, failed }
}

/** Runs of one arm get lost or are made up: nothing that compares the arms means anything then. */
function mismatched({ mismatch, candidate, baseline }: Summary): Verdict | null {
  if (mismatch < mismatchProof) return null
  const counts = `${candidate.repositories} reports with the candidate and ${baseline.repositories} with the baseline`
  const sentence = `${counts} do not fit the percents of the ladder, so ordinary runs cannot be compared; a person must find out which runs are missing.`
  return verdict('hold', sentence)
}

function harmless(rule: ExposureRule, summary: Summary): Verdict | null {
  if (summary.evidence.againstMaxHarm < proof(rule) || summary.candidate.runs < rule.minRuns) return null
  const what = `A rise of failures by ${points(rule)} is ruled out at ${rule.confidencePercent} %`
  return verdict('pass', `${what}: ${compared(summary)}.`)
}

function harmful(rule: ExposureRule, facts: GateFacts, summary: Summary): Verdict | null {
  if (summary.evidence.ofHarm < proof(rule)) return null
  const what = `Ordinary runs fail more often with the candidate, shown at ${rule.confidencePercent} %`
  return verdict(facts.automaticRollback ? 'fail' : 'hold', `${what}: ${compared(summary)}.`)
}

/** Below the first draw and at 100 % there is one arm only. */
function uncomparable(stage: Stage, summary: Summary): Verdict | null {
  if (stage.basisPoints === 0) {
    return verdict('pass', 'At 0 % nobody gets the candidate by chance, so there is nothing to compare yet.')
  }
  if (stage.basisPoints < 10_000) return null
  const sentence = `At 100 % nobody gets the baseline any more, so there is nothing left to compare; until now: ${compared(summary)}.`
  return verdict('pass', sentence)
}

function inconclusive(
  rule: ExposureRule,
  stage: Stage,
  facts: GateFacts,
  summary: Summary,
  now: number,
): Verdict {
  const { onInconclusive } = rule
  const state = `${missing(rule, summary)}: ${compared(summary)}`
  const patient = onInconclusive.kind === 'advance-after'
  const until = patient ? facts.startedAt + onInconclusive.afterMs : bakeUntil(stage, facts)
  if (now < until) {
    const then = { 'advance-after': 'goes on without', hold: 'holds', 'roll-back': 'rolls back' }
    const sentence = `${state}; waiting until ${formatTime(until)}, then it ${then[onInconclusive.kind]}.`
    return { ...verdict('wait', sentence), until }
  }
  if (patient) return verdict('pass', `Goes on without proof from ordinary runs. ${state}.`)
  if (onInconclusive.kind === 'roll-back' && facts.automaticRollback) {
    return verdict('fail', `No proof from ordinary runs in time. ${state}.`)
  }
  return verdict('hold', `${state}; more runs or a person can clear it.`)
}

function missing(rule: ExposureRule, { candidate }: Summary): string {
  if (candidate.runs < rule.minRuns) {
    return `${candidate.runs} of at least ${rule.minRuns} runs with the candidate are in`
  }
  return `A rise of failures by ${points(rule)} is neither shown nor ruled out at ${rule.confidencePercent} %`
}

function compared({ candidate, baseline, young }: Summary): string {
  const left = young === 0 ? '' : `; not counted: ${young} that had no runs two weeks before this rollout`
  return `${told(candidate)} with the candidate, ${told(baseline)} with the baseline${left}`
}

function told({ repositories, runs, failed }: Arm): string {
  if (repositories === 0) return 'no repository'
  const what = repositories === 1 ? '1 repository' : `${repositories} repositories`
  return `${failed} % failed in ${what} (${runs} ${runs === 1 ? 'run' : 'runs'})`
}

/** The e-value that the confidence asks for. */
function proof(rule: ExposureRule): number {
  return 100 / (100 - rule.confidencePercent)
}

function points({ maxHarmBasisPoints }: ExposureRule): string {
  return maxHarmBasisPoints === 100 ? '1 point' : `${maxHarmBasisPoints / 100} points`
}

function verdict(answer: Verdict['answer'], sentence: string): Verdict {
  return { gate: 'exposure', answer, sentence, until: null, subjects: [] }
}
