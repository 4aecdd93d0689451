import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meanOf, quantileOf, shareOf } from '../../src/simulate/intervals.ts'
import { logNormal, randomOf, spreadShare } from '../../src/simulate/random.ts'

describe('figures with their intervals', () => {
  // Values of Newcombe, Two-sided confidence intervals for the single proportion (1998), method 3.
  it.each([
    { count: 81, total: 263, low: 0.2553, high: 0.3662 },
    { count: 15, total: 148, low: 0.0624, high: 0.1605 },
    { count: 0, total: 20, low: 0, high: 0.1611 },
    { count: 29, total: 29, low: 0.883, high: 1 },
  ])('Wilson: $count of $total', ({ count, total, low, high }) => {
    const found = shareOf(count, total)
    expect(found?.low).toBeCloseTo(low, 3)
    expect(found?.high).toBeCloseTo(high, 3)
  })

  it('there is no figure without data', () => {
    expect([shareOf(0, 0), meanOf([], 1), quantileOf([], 0.5)]).toEqual([null, null, null])
  })

  it('quantiles lie between order statistics', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(quantileOf(values, 0.5)).toEqual({ value: 50, low: 41, high: 61 })
    expect(quantileOf([7], 0.9)).toEqual({ value: 7, low: 7, high: 7 })
  })

  it('every interval holds its figure', () => {
    const some = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 100 }), (values, seed) => {
        for (const found of [meanOf(values, seed), quantileOf(values, 0.9), shareOf(1, values.length)]) {
          expect(found?.low).toBeLessThanOrEqual((found?.value ?? 0) + 1e-9)
          expect(found?.high).toBeGreaterThanOrEqual((found?.value ?? 0) - 1e-9)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('bootstrap intervals cover the mean as often as they say', () => {
    const random = randomOf(99)
    let covered = 0
    for (let round = 0; round < 200; round += 1) {
      const found = meanOf(Array.from({ length: 60 }, random), round)
      if (found !== null && found.low <= 0.5 && found.high >= 0.5) covered += 1
    }
    expect(covered).toBeGreaterThan(178)
  })
})

describe('luck', () => {
  it('has a stream of its own for every list of words', () => {
    expect(randomOf(1, 2)()).toBe(randomOf(1, 2)())
    expect(randomOf(1, 2)()).not.toBe(randomOf(2, 1)())
    expect(randomOf(1, 2)()).not.toBe(randomOf(1, 2, 0)())
  })

  it('is even, also across first draws of neighbouring streams', () => {
    const tenths = new Array<number>(10).fill(0)
    for (let word = 0; word < 20_000; word += 1) {
      const tenth = Math.floor(randomOf(5, word)() * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    const chiSquare = tenths.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)
    // 99.9 % of the distribution with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9)
  })

  it('has the means and medians that are asked for', () => {
    const random = randomOf(3)
    const shares = Array.from({ length: 20_000 }, () => spreadShare(random, 0.2))
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeCloseTo(0.2, 2)
    const times = Array.from({ length: 20_001 }, () => logNormal(random, 15, 0.6))
    expect(quantileOf(times, 0.5)?.value).toBeCloseTo(15, -1)
    expect([spreadShare(random, 0), spreadShare(random, 1), logNormal(random, 4, 0)]).toEqual([0, 1, 4])
  })
})
