import type { LabelOf } from '../canaries/canary-label.ts'
import type { GateFacts, HoldFact } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import type { Verdict } from '../verdict.ts'

/** Holds while somebody entitled to it asked to wait; null when nobody does. */
export function holdsGate(facts: GateFacts, now: number, labelOf: LabelOf): Verdict | null {
  const active = facts.holds.filter((hold) => now < hold.until)
  if (active.length === 0) return null
  const until = Math.max(...active.map((hold) => hold.until))
  const requests = active.map((hold) => describe(hold, labelOf))
  const sentence = `${requests.join('; ')}.`
  return { gate: 'holds', answer: 'hold', sentence, until, subjects: active.map((hold) => hold.by) }
}

function describe(hold: HoldFact, labelOf: LabelOf): string {
  const who = hold.canary === null ? hold.by : `${hold.by} of ${labelOf(hold.canary)}`
  const why = hold.reason === '' ? '' : ` (${hold.reason})`
  return `${who} asked to wait until ${formatTime(hold.until)}${why}`
}
