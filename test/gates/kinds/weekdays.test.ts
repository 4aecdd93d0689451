import { describe, expect, it } from 'vitest'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import { evaluateGates } from '../../../src/gates/evaluate-gates.ts'
import type { CanaryFacts, GateFacts } from '../../../src/gates/evidence.ts'
import { DAY, NOON } from '../../rollout/builders.ts'
import { gateFacts, OUT, PASS, REGRESSED, tested } from '../gate-builders.ts'

/** What the profile `standard` says of its window at 5 %; null where it is not asked. NOON is a Friday. */
function asked(facts: Partial<GateFacts>, now: number): string | null {
  const read = policyFromRequest({})
  const stage = read.ok ? read.policy.stages[1] : undefined
  if (stage === undefined) throw new Error('standard has no stage at 5 %')
  const { verdicts } = evaluateGates(stage, gateFacts(facts), now, '1')
  return verdicts.find(({ gate }) => gate === 'window')?.answer ?? null
}

const canaries = (...facts: readonly CanaryFacts[]) => ({
  canaries: Object.fromEntries(facts.map((fact, index) => [String(index), fact])),
})

describe('the weekdays of a profile', () => {
  it.each<[what: string, facts: Partial<GateFacts>, answer: string | null]>([
    ['nobody tested', {}, 'wait'],
    ['an admitted dependent tested', canaries(tested(PASS)), null],
    ['only one that is not admitted tested', canaries(tested(PASS, { admission: 'none' })), 'wait'],
    ['one could not be judged', canaries(tested(OUT)), 'wait'],
    ['regresses', canaries(tested(PASS), tested(REGRESSED)), 'wait'],
  ])('for a release that %s', (_, facts, answer) => {
    expect(asked(facts, NOON)).toBe(answer)
    expect(asked(facts, NOON + DAY)).toBe(answer)
  })

  it('let raises go from Monday noon to Friday', () => {
    expect([asked({}, NOON + 3 * DAY - 1), asked({}, NOON + 3 * DAY), asked({}, NOON - DAY)]).toEqual([
      'wait',
      'pass',
      'pass',
    ])
  })
})
