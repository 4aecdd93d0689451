import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../../src/config/reading/duration.ts'

describe('a duration', () => {
  it.each([
    ['30s', 30_000],
    ['2s', 2000],
    ['90 s', 90_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    [' 5m ', 300_000],
    ['0s', 0],
  ])('%j is %i ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: ms })
  })

  it.each(['1 fortnight', '', '15', 'h', '-5m', '1.5h', '1h2h', '15M', '5 minutes', '1h,30m', '99999d'])(
    '%j is refused, naming value and what is accepted',
    (text) => {
      expect(parseDuration(text, 'bake')).toEqual({
        ok: false,
        problem: {
          field: 'bake',
          value: JSON.stringify(text),
          expected: expect.stringContaining('a duration such as 30s, 15m, 12h, 7d or 1h30m'),
        },
      })
    },
  )

  it('adds its parts up, in any order', () => {
    const parts = fc.record({ h: fc.nat(99), m: fc.nat(99), s: fc.nat(99) })
    fc.assert(
      fc.property(parts, ({ h, m, s }) => {
        const value = ((h * 60 + m) * 60 + s) * 1000
        expect(parseDuration(`${h}h${m}m${s}s`)).toEqual({ ok: true, value })
        expect(parseDuration(`${s}s ${h}h ${m}m`)).toEqual({ ok: true, value })
      }),
    )
  })
})
