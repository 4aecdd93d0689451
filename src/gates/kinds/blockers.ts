import type { GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { BlockersRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'

/**
 * Holds while an issue with one of the labels is open, and waits until the issues that were open before the
 * start have been looked up: what nobody looked at is not known to be closed.
 */
export function blockersGate(rule: BlockersRule, facts: GateFacts): Verdict {
  const open = Object.values(facts.blockers)
    .filter((fact) => fact.open && carriesAny(fact.labels, rule.labels))
    .sort((left, right) => (left.issue < right.issue ? -1 : 1))
  const labels = rule.labels.join(' or ')
  if (open.length === 0) return withoutOpen(rule, facts, labels)
  const subjects = open.map((fact) => fact.issue)
  const since = formatTime(Math.max(...open.map((fact) => fact.observedAt)))
  const which = open.length === 1 ? 'is closed or loses' : 'are closed or lose'
  const sentence = `Waiting until ${subjects.join(', ')} ${which} the label ${labels}; last seen open ${since}.`
  return { gate: 'blockers', answer: 'hold', sentence, until: null, subjects }
}

/** Whether one of the labels is among the wanted ones. GitHub tells no labels apart by case. */
export function carriesAny(labels: readonly string[], wanted: readonly string[]): boolean {
  const known = new Set(wanted.map((label) => label.toLowerCase()))
  return labels.some((label) => known.has(label.toLowerCase()))
}

function withoutOpen(rule: BlockersRule, { repository, blockerSearch }: GateFacts, labels: string): Verdict {
  const rest = { gate: 'blockers', until: null, subjects: [] } as const
  if (repository === null) {
    const sentence = `There is no repository to look at for open issues labelled ${labels}.`
    return { ...rest, answer: 'pass', sentence }
  }
  const unseen = rule.labels.filter((label) => !blockerSearch.labels.includes(label))
  if (unseen.length === 0)
    return { ...rest, answer: 'pass', sentence: `No open issue is labelled ${labels}.` }
  const { failure } = blockerSearch
  const tried =
    failure === null
      ? ''
      : ` The look at ${formatTime(failure.at)} failed (${failure.message}); it is tried again.`
  const sentence = `Waiting until the open issues of ${repository} are looked up for the label ${unseen.join(' or ')}.${tried}`
  return { ...rest, answer: 'wait', sentence }
}
