import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePercent } from '../../../src/config/reading/percent.ts'

describe('a percent', () => {
  it.each([
    [0, 0],
    [5, 500],
    [0.01, 1],
    [0.07, 7],
    [12.5, 1250],
    [99.99, 9999],
    [100, 10_000],
  ])('%d is %i basis points', (percent, basisPoints) => {
    expect(parsePercent(percent)).toEqual({ ok: true, value: basisPoints })
  })

  it.each([
    [0.001, '0.001'],
    [101, '101'],
    [100.01, '100.01'],
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [null, 'null'],
    [true, 'true'],
    ['five', '"five"'],
  ])('%j is refused', (given, value) => {
    const expected = 'a number from 0 to 100 with at most two decimals'
    expect(parsePercent(given)).toEqual({ ok: false, problem: { field: 'percent', value, expected } })
  })

  it.each(['50%', '50', ' 12.5 % '])('text such as %j is told to leave out quotes and sign', (given) => {
    expect(parsePercent(given, 'stages[0].percent')).toEqual({
      ok: false,
      problem: {
        field: 'stages[0].percent',
        value: JSON.stringify(given),
        expected:
          'a number from 0 to 100 with at most two decimals, written without quotes and without the % sign',
      },
    })
  })

  it('takes exactly the numbers with two decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (basisPoints) => {
        expect(parsePercent(basisPoints / 100)).toEqual({ ok: true, value: basisPoints })
        expect(parsePercent(basisPoints / 100 + 0.001).ok).toBe(false)
      }),
    )
  })
})
