import { describe, expect, it } from 'vitest'
import type { Assumptions } from '../../src/simulate/assumptions.ts'
import { shareOf } from '../../src/simulate/intervals.ts'
import { simulateRelease } from '../../src/simulate/simulate-release.ts'
import { calm, canaryRule, policyWith, sha256 } from './sample-worlds.ts'

/** Intervals are of 95 %: one case in twenty falls outside with some other seed, and no more than that. */
const RELEASES = 2000

/** How many releases evidence took back, of all that were simulated. */
function rolledBack(assumed: Assumptions, tries: number): number {
  // A newly flaky canary would be tried anew by a person: a second chance that the formula does not have.
  const policy = policyWith({ canaries: canaryRule({ tries, onNewlyFlaky: 'pass' }) })
  let count = 0
  for (let number = 0; number < RELEASES; number += 1) {
    const record = simulateRelease(8, number, assumed, [{ policy, fixedCooldownMs: 0 }], sha256)
    if (record.outcomes[0]?.takenBackBy === 'evidence') count += 1
  }
  return count
}

describe('what the simulator says agrees with what can be computed', () => {
  // A canary regresses by accident when in each of its tries the candidate flakes and the baseline does not.
  it.each([
    { canaries: 5, flake: 30, tries: 2 },
    { canaries: 10, flake: 10, tries: 1 },
    { canaries: 10, flake: 40, tries: 3 },
    { canaries: 10, flake: 0, tries: 1 },
  ])('good releases that independent flakes stop: $canaries canaries, $flake %, $tries tries', (given) => {
    const flake = given.flake / 100
    const one = (flake * (1 - flake)) ** given.tries
    const expected = 1 - (1 - one) ** given.canaries
    const assumed = calm({ users: 1, canaries: given.canaries, required: 100, flake: given.flake })
    const found = shareOf(rolledBack(assumed, given.tries), RELEASES)
    expect(found?.low).toBeLessThanOrEqual(expected)
    expect(found?.high).toBeGreaterThanOrEqual(expected)
  })

  // Without flakes a bug that breaks every user is met by each required canary whose tests notice.
  it.each([
    { canaries: 1, coverage: 60 },
    { canaries: 3, coverage: 20 },
  ])('bad releases that $canaries canaries with $coverage % coverage stop', ({ canaries, coverage }) => {
    const expected = 1 - (1 - coverage / 100) ** canaries
    const world = calm({ bad: 100, severity: 100, attention: 0, users: 1, required: 100, canaries, coverage })
    const found = shareOf(rolledBack(world, 3), RELEASES)
    expect(found?.low).toBeLessThanOrEqual(expected)
    expect(found?.high).toBeGreaterThanOrEqual(expected)
  })
})
