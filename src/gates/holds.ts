import type { GateFacts, HoldFact } from './evidence.ts'
import { formatTime } from './format-time.ts'
import type { Verdict } from './verdict.ts'

/** Holds while somebody entitled to it asked to wait; null when nobody does. */
export function holdsGate(
  facts: GateFacts,
  now: number,
  labels: ReadonlyMap<string, string>,
): Verdict | null {
  const active = facts.holds.filter((hold) => now < hold.until)
  if (active.length === 0) return null
  const until = Math.max(...active.map((hold) => hold.until))
  const requests = active.map((hold) => describe(hold, labels))
  const sentence = `${requests.join('; ')}.`
  return { gate: 'holds', answer: 'hold', sentence, until, subjects: active.map((hold) => hold.by) }
}

function describe(hold: HoldFact, labels: ReadonlyMap<string, string>): string {
  const who = hold.canary === null ? hold.by : `${hold.by} of ${labels.get(hold.canary) ?? 'a canary'}`
  const why = hold.reason === '' ? '' : ` (${hold.reason})`
  return `${who} asked to wait until ${formatTime(hold.until)}${why}`
}
