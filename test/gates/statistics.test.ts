import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tellWorld, type WorldShape } from '../../scripts/exposure-worlds.ts'
import type { ExposureFact } from '../../src/gates/exposure-fact.ts'
import { harmEvidence } from '../../src/gates/statistics/harm-evidence.ts'
import { closedObservations, closesAt, type Observation } from '../../src/gates/statistics/observations.ts'
import { mismatchProof, ratioEvidence } from '../../src/gates/statistics/ratio-evidence.ts'
import { counts, HOUR, NOON } from '../rollout/builders.ts'

const look = { basisPoints: 5000, now: NOON }
const full = (change: Partial<ExposureFact>) => counts({ runs: 4, ...change })

describe('closed observations', () => {
  it('know with which chance the arm was drawn, given what was seen before', () => {
    const facts = [
      full({ cluster: 'a', arm: 'baseline', basisPoints: 0 }),
      full({ cluster: 'a', arm: 'baseline', basisPoints: 500 }),
      full({ cluster: 'a', arm: 'candidate', basisPoints: 1000 }),
      full({ cluster: 'a', arm: 'candidate', basisPoints: 2500 }),
      full({ cluster: 'b', arm: 'baseline', basisPoints: 2500 }),
    ]
    const seen = closedObservations(facts, look).map(({ exposed, chance }) => [exposed, chance])
    // Nothing is drawn at 0 %, and who saw the candidate at 10 % sees it at 25 %.
    expect(seen).toEqual([
      [false, 0.05],
      [true, (0.1 - 0.05) / 0.95],
      [false, 0.25],
    ])
  })

  it('expect of a repository what it did before, else what the others did', () => {
    const facts = [
      full({ cluster: 'red', arm: 'baseline', basisPoints: 0, failures: 4 }),
      full({ cluster: 'red', arm: 'candidate', basisPoints: 500, failures: 4 }),
      full({ cluster: 'new', arm: 'candidate', basisPoints: 500, failures: 4 }),
    ]
    const [fresh, red] = closedObservations(facts, look)
    expect(fresh?.expected).toBeCloseTo(2 / 11)
    expect(red?.expected).toBeCloseTo((4 + (2 * 2) / 11) / 6)
  })

  it('are not those that may still change', () => {
    const open = counts({ runs: 3, basisPoints: 5000, since: NOON })
    expect(closedObservations([open], look)).toEqual([])
    expect(closedObservations([open], { ...look, now: closesAt(open) })).toHaveLength(1)
    expect(closedObservations([open], { ...look, basisPoints: 10_000 })).toHaveLength(1)
    expect(closedObservations([{ ...open, runs: 4 }], look)).toHaveLength(1)
    expect(closedObservations([{ ...open, runs: 0 }], { ...look, now: NOON + 9 * HOUR })).toEqual([])
  })

  it('do not depend on the order of the facts', () => {
    const fact = fc.record({
      cluster: fc.constantFrom('a', 'b', 'c'),
      arm: fc.constantFrom('candidate' as const, 'baseline' as const),
      basisPoints: fc.constantFrom(0, 500, 2500, 5000, 10_000),
      drawn: fc.boolean(),
      runs: fc.integer({ min: 1, max: 4 }),
      failures: fc.nat(1),
      since: fc.constantFrom(NOON, NOON - 7 * HOUR),
    })
    const key = (one: ExposureFact) => `${one.cluster}/${one.basisPoints}/${one.arm}`
    fc.assert(
      fc.property(fc.uniqueArray(fact, { selector: key, maxLength: 12 }), (facts) => {
        expect(closedObservations([...facts].reverse(), look)).toEqual(closedObservations(facts, look))
      }),
    )
  })
})

/** Every way in which the arms could have been drawn, with its probability. */
function draws(given: readonly Observation[]): { chance: number; drawn: Observation[] }[] {
  return given.reduce<{ chance: number; drawn: Observation[] }[]>(
    (ways, one) =>
      ways.flatMap(({ chance, drawn }) => [
        { chance: chance * one.chance, drawn: [...drawn, { ...one, exposed: true }] },
        { chance: chance * (1 - one.chance), drawn: [...drawn, { ...one, exposed: false }] },
      ]),
    [{ chance: 1, drawn: [] }],
  )
}

describe('evidence', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const observation: fc.Arbitrary<Observation> = fc.record({
    exposed: fc.constant(false),
    chance: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    failed: share,
    expected: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    runs: fc.constant(4),
  })

  it('is worth 1 on average over the draw of the arms, whatever the runs do, when the release does nothing', () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 7 }), (given) => {
        const mean = (evidence: (drawn: readonly Observation[]) => number) =>
          draws(given).reduce((sum, { chance, drawn }) => sum + chance * evidence(drawn), 0)
        expect(mean((drawn) => harmEvidence(drawn, 0).ofHarm)).toBeCloseTo(1, 6)
        expect(mean((drawn) => harmEvidence(drawn, 0).againstMaxHarm)).toBeCloseTo(1, 6)
        expect(mean(ratioEvidence)).toBeCloseTo(1, 6)
      }),
      { numRuns: 60 },
    )
  })

  it('is never more than three times as strong after one repository', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 5 }), observation, share, fc.boolean(), (...given) => {
        const [before, one, maxHarm, exposed] = given
        const after = [...before, { ...one, exposed }]
        const [less, more] = [harmEvidence(before, maxHarm), harmEvidence(after, maxHarm)]
        expect(more.ofHarm).toBeLessThanOrEqual(less.ofHarm * 3 + 1e-9)
        expect(more.againstMaxHarm).toBeLessThanOrEqual(less.againstMaxHarm * 3 + 1e-9)
        expect(Math.min(more.ofHarm, more.againstMaxHarm)).toBeGreaterThan(0)
      }),
    )
  })

  it('says nothing without observations', () => {
    expect(harmEvidence([], 0.05)).toEqual({ ofHarm: 1, againstMaxHarm: 1 })
    expect(ratioEvidence([])).toBe(1)
  })
})

describe('looked at after every run of 250 worlds', () => {
  const worlds = 250
  const tell = (change: Partial<WorldShape>) => {
    const shape: WorldShape = { repositories: 30, harm: 0, kind: 'broken', days: 5, ...change }
    const stories = Array.from({ length: worlds }, (_, seed) => tellWorld(shape, seed + 1, 0.05, 20))
    return {
      shown: stories.filter(({ ofHarm }) => ofHarm >= 20).length / worlds,
      ruledOut: stories.filter(({ againstMaxHarm }) => againstMaxHarm >= 20).length / worlds,
      mismatch: stories.filter(({ mismatch }) => mismatch >= mismatchProof).length / worlds,
      looks: stories.reduce((sum, { looks }) => sum + looks, 0) / worlds,
    }
  }

  it('raises a false alarm in at most 5 % of them, and finds what breaks half of the repositories', () => {
    const harmless = tell({})
    expect(harmless.looks).toBeGreaterThan(400)
    expect(harmless.shown).toBeLessThanOrEqual(0.05)
    expect(harmless.mismatch).toBeLessThanOrEqual(1 / mismatchProof)
    const harmful = tell({ harm: 0.5 })
    expect(harmful.shown).toBeGreaterThan(0.5)
    expect(harmful.ruledOut).toBeLessThanOrEqual(0.05)
  })
})
