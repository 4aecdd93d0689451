import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateOfTime, timeOfDate } from '../../src/calendar/calendar-date.ts'
import { lastTurn, parseTurns } from '../../src/calendar/turns.ts'

const turn = (every: string, now: string) => {
  const turns = parseTurns(every)
  if (turns === null) throw new Error(every)
  return new Date(lastTurn(turns, Date.parse(now))).toISOString().replace('.000Z', 'Z')
}

describe('turns', () => {
  it.each([
    ['2-months', '2024-02-29T23:59:59Z', '2024-01-01T00:00:00Z'],
    ['2-months', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['2-months', '2024-12-31T23:59:59Z', '2024-11-01T00:00:00Z'],
    // In Tokyo the new month has begun; turns go by UTC, the same for everybody.
    ['1-month', '2024-03-01T08:59:00+09:00', '2024-02-01T00:00:00Z'],
    ['3-months', '2023-11-14T00:00:00Z', '2023-10-01T00:00:00Z'],
    ['5-months', '2024-02-29T00:00:00Z', '2023-10-01T00:00:00Z'],
    ['1-year', '2024-12-31T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['2-years', '2023-08-01T00:00:00Z', '2022-01-01T00:00:00Z'],
    ['1-week', '2024-02-29T12:00:00Z', '2024-02-26T00:00:00Z'],
    ['1-week', '2024-02-25T23:59:59Z', '2024-02-19T00:00:00Z'],
    ['1-day', '2024-02-29T12:00:00Z', '2024-02-29T00:00:00Z'],
    ['30-days', '1970-01-30T23:00:00Z', '1970-01-01T00:00:00Z'],
  ])('every %s, at %s, are last at %s', (every, now, last) => expect(turn(every, now)).toBe(last))

  it.each([
    '',
    '2',
    'months',
    '0-months',
    '2-month-s',
    '02-months',
    '2-Months',
    '2.5-months',
    '-2-months',
    '11-years',
    '9999-days',
  ])('%j are none', (text) => expect(parseTurns(text)).toBeNull())

  it('are never after the time they are asked for, never move back, and come as often as was said', () => {
    const time = fc.integer({ min: 0, max: Date.UTC(2100, 0) })
    const unit = fc.constantFrom('day', 'week', 'month', 'year')
    fc.assert(
      fc.property(unit, fc.integer({ min: 1, max: 10 }), time, time, (of, count, a, b) => {
        const [before, after] = [Math.min(a, b), Math.max(a, b)]
        const turns = { unit: of, count } as const
        expect(lastTurn(turns, before)).toBeLessThanOrEqual(before)
        expect(lastTurn(turns, before)).toBeLessThanOrEqual(lastTurn(turns, after))
        expect(lastTurn(turns, lastTurn(turns, after))).toBe(lastTurn(turns, after))
        const longest = { day: 1, week: 7, month: 31, year: 366 }[of] * count
        expect(before - lastTurn(turns, before)).toBeLessThan(longest * 86_400_000)
      }),
    )
  })
})

it('days and times go into each other, as the Gregorian calendar has it', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1600, 0), max: Date.UTC(2400, 0) }), (at) => {
      const date = new Date(at)
      const day = dateOfTime(at)
      expect(day).toEqual({
        month: date.getUTCFullYear() * 12 + date.getUTCMonth(),
        day: date.getUTCDate(),
      })
      expect(timeOfDate(day)).toBe(Math.floor(at / 86_400_000) * 86_400_000)
    }),
  )
})
