import type { GateFacts } from '../evidence.ts'
import type { ExposureFact } from '../exposure-fact.ts'
import { formatDuration, formatTime } from '../format-time.ts'
import type { Stage } from '../policy.ts'
import type { Verdict } from '../verdict.ts'
import { bakeEvidence, bakeMsOf, shortestBakeMs } from './bake-evidence.ts'

const hourMs = 3_600_000

/** Runs under the candidate arm so far, over all clusters that have a vote. */
export function candidateRuns(exposures: GateFacts['exposures']): number {
  const counts = ({ arm, young }: ExposureFact) => arm === 'candidate' && young !== true
  return Object.values(exposures).reduce((sum, fact) => (counts(fact) ? sum + fact.runs : sum), 0)
}

/** When the current stage has been exposed long enough, by what is known now. */
export function bakeUntil(stage: Stage, facts: GateFacts): number {
  return facts.stageEnteredAt + facts.unwatchedMs + bakeMsOf(stage, facts)
}

/** Waits until the stage has lasted its time, and enough runs had its candidate; always asked. */
export function bakeGate(stage: Stage, facts: GateFacts, now: number): Verdict {
  const until = bakeUntil(stage, facts)
  const length = formatDuration(bakeMsOf(stage, facts))
  const short = shortOfRuns(stage, facts)
  const runs = stage.bakeRuns === undefined ? '' : ` and for ${runsText(stage.bakeRuns)}`
  if (now < until) {
    const evidence = sayEvidence(stage, facts)
    const rest = [...(short === null ? [] : [` at the earliest; ${short}`]), evidence].join('')
    const sentence = `Baking for ${length}${runs}${unwatchedText(facts)}, until ${formatTime(until)}${rest}.`
    return { gate: 'bake', answer: 'wait', sentence, until: short === null ? until : null, subjects: [] }
  }
  const since = formatTime(facts.stageEnteredAt)
  if (short !== null) {
    const sentence = `Baking since ${since}, until ${runsText(stage.bakeRuns ?? 0)} are there; ${short}.`
    return { gate: 'bake', answer: 'wait', sentence, until: null, subjects: [] }
  }
  const sentence = `Baked for ${length}${runs}, since ${since}.`
  return { gate: 'bake', answer: 'pass', sentence, until: null, subjects: [] }
}

function unwatchedText({ unwatchedMs }: GateFacts): string {
  if (unwatchedMs === 0) return ''
  const about = unwatchedMs < 2 * hourMs ? unwatchedMs : Math.round(unwatchedMs / hourMs) * hourMs
  return ` (and ${formatDuration(about)} more: no server watched for so long, as far as its clock can tell)`
}

/** What the evidence does to a bake that it may shorten: what is missing, and when it ends with and without that. */
function sayEvidence(stage: Stage, facts: GateFacts): string {
  if (stage.bakeLeastMs === undefined) return ''
  const { missing, said } = bakeEvidence(stage, facts)
  const longer =
    said === 0
      ? ''
      : `; ${said === 1 ? '1 finding that is only said makes' : `${said} findings that are only said make`} it longer`
  if (missing.length > 0) {
    const then = formatTime(facts.stageEnteredAt + facts.unwatchedMs + shortestBakeMs(stage, facts))
    return `; it ends at ${then} with ${missing.join(', ')}${longer}`
  }
  return `, because nothing was found against it; else it would be ${formatDuration(stage.bakeMs)}${longer}`
}

/**
 * How far the runs of this stage are, or null when there are enough. In tenths of the goal: a sentence that
 * changed with every run would be told again with every run.
 */
function shortOfRuns({ bakeRuns }: Stage, { exposures, runsAtEntry }: GateFacts): string | null {
  if (bakeRuns === undefined) return null
  const runs = candidateRuns(exposures) - runsAtEntry
  if (runs >= bakeRuns) return null
  return `${Math.floor((runs * 10) / bakeRuns) * 10} % of the runs are there`
}

function runsText(runs: number): string {
  return `${runs} ${runs === 1 ? 'run' : 'runs'} with the candidate`
}
