import type { GateFacts } from './evidence.ts'
import { formatDuration, formatTime } from './format-time.ts'
import type { Stage } from './policy.ts'
import type { Verdict } from './verdict.ts'

/** Runs under the candidate arm so far, over all clusters. */
export function candidateRuns(exposures: GateFacts['exposures']): number {
  return Object.values(exposures).reduce((sum, { arm, runs }) => (arm === 'candidate' ? sum + runs : sum), 0)
}

/** When the current stage has been exposed long enough. */
export function bakeUntil(stage: Stage, facts: Pick<GateFacts, 'stageEnteredAt'>): number {
  return facts.stageEnteredAt + stage.bakeMs
}

/** Waits until the stage has lasted its bake; always asked. */
export function bakeGate(stage: Stage, facts: GateFacts, now: number): Verdict {
  const until = bakeUntil(stage, facts)
  const length = formatDuration(stage.bakeMs)
  if (now < until) {
    const sentence = `Baking for ${length}, until ${formatTime(until)}.`
    return { gate: 'bake', answer: 'wait', sentence, until, subjects: [] }
  }
  const sentence = `Baked for ${length}, since ${formatTime(facts.stageEnteredAt)}.`
  return { gate: 'bake', answer: 'pass', sentence, until: null, subjects: [] }
}
