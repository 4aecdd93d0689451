import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, formatTime } from '../../src/gates/format-time.ts'

describe('formatTime', () => {
  it.each([
    ['the epoch', '1970-01-01T00:00:00Z', '1970-01-01 00:00 UTC'],
    ['seconds are cut off', '2026-11-20T14:00:59.999Z', '2026-11-20 14:00 UTC'],
    ['a leap day', '2028-02-29T23:59:00Z', '2028-02-29 23:59 UTC'],
    ['the day after February without a leap day', '2026-03-01T00:00:00Z', '2026-03-01 00:00 UTC'],
    ['a century with a leap day', '2000-02-29T12:00:00Z', '2000-02-29 12:00 UTC'],
    ['a century without one', '2100-03-01T00:00:00Z', '2100-03-01 00:00 UTC'],
    ['the last minute of a year', '2027-12-31T23:59:00Z', '2027-12-31 23:59 UTC'],
    ['before the epoch', '1969-12-31T23:59:00Z', '1969-12-31 23:59 UTC'],
  ])('%s', (_, iso, expected) => {
    expect(formatTime(Date.parse(iso))).toBe(expected)
  })

  it('agrees with the platform for four centuries', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1700-01-01'), max: new Date('2400-01-01'), noInvalidDate: true }),
        (date) => {
          expect(formatTime(date.getTime())).toBe(`${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`)
        },
      ),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [1500, '1500 ms'],
    [90_000, '90 s'],
    [900_000, '15 min'],
    [3_600_000, '1 h'],
    [86_400_000, '24 h'],
    [172_800_000, '2 d'],
    [129_600_000, '36 h'],
  ])('%i ms is %s', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected)
  })
})
