import { dateOfTime, timeOfDate } from './calendar-date.ts'

/** Moments that come again and again, the same for everybody: `2-months`, `2-weeks`. */
export interface Turns {
  readonly unit: 'day' | 'week' | 'month' | 'year'
  readonly count: number
}

export const turnsExpected =
  'a number of days, weeks, months or years such as 2-months or 1-week, 10 years at most'

const dayMs = 86_400_000
const mostDays: Readonly<Record<Turns['unit'], number>> = { day: 1, week: 7, month: 31, year: 366 }

/** Reads `2-months`, `1-week`; null for anything else, none and more than ten years included. */
export function parseTurns(text: string): Turns | null {
  const match = /^([1-9]\d{0,3})-(day|week|month|year)s?$/.exec(text)
  if (match === null) return null
  const turns = { unit: match[2] as Turns['unit'], count: Number(match[1]) }
  return turns.count * mostDays[turns.unit] <= 10 * 366 ? turns : null
}

/**
 * The last turn that is not after a time, in UTC: months turn on their first day, counted so that a year begins with a
 * turn where it can; weeks on Mondays; days are counted from 1970.
 */
export function lastTurn({ unit, count }: Turns, now: number): number {
  if (unit === 'month' || unit === 'year') {
    const months = unit === 'year' ? count * 12 : count
    const { month } = dateOfTime(now)
    return timeOfDate({ month: Math.floor(month / months) * months, day: 1 })
  }
  const span = count * (unit === 'week' ? 7 : 1) * dayMs
  // 1970 began on a Thursday.
  const from = unit === 'week' ? 4 * dayMs : 0
  return from + Math.floor((now - from) / span) * span
}
