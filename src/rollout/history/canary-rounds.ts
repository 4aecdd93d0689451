import type { CanaryFacts, RosterEntry } from '../../gates/evidence.ts'

/** A canary of which nothing is known yet. */
export function firstRound(entry: RosterEntry, at: number): CanaryFacts {
  return { entry, firstTry: 1, roundStartedAt: at, tries: {}, waiver: null, state: null }
}

/** What was known says nothing of what is tested from here on: every canary begins a new round. */
export function nextRounds(
  canaries: Readonly<Record<string, CanaryFacts>>,
  at: number,
): Readonly<Record<string, CanaryFacts>> {
  const anew: Record<string, CanaryFacts> = {}
  for (const [id, canary] of Object.entries(canaries)) {
    const last = Object.values(canary.tries).reduce((most, { number }) => Math.max(most, number), 0)
    const firstTry = Math.max(last + 1, canary.firstTry)
    anew[id] = { ...canary, firstTry, roundStartedAt: at, waiver: null }
  }
  return anew
}
