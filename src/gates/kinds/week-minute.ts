import { dayNumber } from './calendar-day.ts'

/** Minutes of a week. */
export const WEEK_MINUTES = 7 * 24 * 60

const DAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** 1970-01-01 was a Thursday. */
const MINUTES_TO_THURSDAY = 3 * 24 * 60

const clocks = new Map<string, Intl.DateTimeFormat | null>()

/** The minute of the week (0: Monday 00:00) that a wall clock shows; null in a timezone that is not known. */
export function weekMinuteOf(atMs: number, timezone: string): number | null {
  const minute = wallMinuteOf(atMs, timezone)
  return minute === null ? null : weekMinute(minute)
}

/** Minutes since 1970-01-01 00:00 by a wall clock; null in a timezone that is not known. */
export function wallMinuteOf(atMs: number, timezone: string): number | null {
  const parts = clockOf(timezone)?.formatToParts(atMs)
  if (parts === undefined) return null
  const number = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value ?? '')
  const day = dayNumber(number('year'), number('month'), number('day'))
  return (day * 24 + number('hour')) * 60 + number('minute')
}

/** The minute of the week of a minute since 1970. */
export function weekMinute(wallMinute: number): number {
  return (((wallMinute + MINUTES_TO_THURSDAY) % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES
}

/** `Fri 00:00` of minute 5760. */
export function formatWeekMinute(minute: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = DAYS[Math.floor(minute / 1440)] ?? ''
  return `${day} ${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`
}

/** The minute behind `Fri 00:00`, or null. */
export function parseWeekMinute(text: string): number | null {
  const match = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)$/i.exec(text.trim())
  if (match === null) return null
  const day = DAYS.findIndex((name) => name.toLowerCase() === match[1]?.toLowerCase())
  return (day * 24 + Number(match[2])) * 60 + Number(match[3])
}

/** Making one takes far longer than using it. */
function clockOf(timezone: string): Intl.DateTimeFormat | null {
  const known = clocks.get(timezone)
  if (known !== undefined) return known
  const made = makeClock(timezone)
  clocks.set(timezone, made)
  return made
}

function makeClock(timeZone: string): Intl.DateTimeFormat | null {
  try {
    const fields = {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    } as const
    return new Intl.DateTimeFormat('en-GB', { ...fields, hourCycle: 'h23', timeZone })
  } catch {
    return null
  }
}
