import type { GateFacts } from './evidence.ts'
import { formatTime } from './format-time.ts'
import type { BlockersRule } from './policy.ts'
import type { Verdict } from './verdict.ts'

/** Holds while an issue with one of the labels is open. */
export function blockersGate(rule: BlockersRule, facts: GateFacts): Verdict {
  const open = Object.values(facts.blockers)
    .filter((fact) => fact.open && fact.labels.some((label) => rule.labels.includes(label)))
    .sort((left, right) => (left.issue < right.issue ? -1 : 1))
  const labels = rule.labels.join(' or ')
  if (open.length === 0) {
    const sentence = `No open issue is labelled ${labels}.`
    return { gate: 'blockers', answer: 'pass', sentence, until: null, subjects: [] }
  }
  const subjects = open.map((fact) => fact.issue)
  const since = formatTime(Math.max(...open.map((fact) => fact.observedAt)))
  const which = open.length === 1 ? 'is closed or loses' : 'are closed or lose'
  const sentence = `Waiting until ${subjects.join(', ')} ${which} the label ${labels}; last seen open ${since}.`
  return { gate: 'blockers', answer: 'hold', sentence, until: null, subjects }
}
