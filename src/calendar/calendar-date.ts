/** A month counted from January of year 0: arithmetic on it never meets a month end. */
export type MonthNumber = number

/** A planned month, or a day in it where a person named one. */
export interface CalendarDate {
  readonly month: MonthNumber
  /** 1 to 31, or null for "some day of that month". */
  readonly day: number | null
}

export const calendarDateExpected = 'a month such as 2020-08, or a day such as 2020-08-17'

const datePattern = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/

/** Reads `2020-08` and `2020-08-17`; null for anything else, days that their month does not have included. */
export function parseCalendarDate(text: string): CalendarDate | null {
  const match = datePattern.exec(text)
  if (match === null) return null
  const [year, month] = [Number(match[1]), Number(match[2])]
  if (month < 1 || month > 12) return null
  const number = year * 12 + month - 1
  if (match[3] === undefined) return { month: number, day: null }
  const day = Number(match[3])
  return day >= 1 && day <= daysIn(number) ? { month: number, day } : null
}

/** `2020-08` or `2020-08-17`. */
export function formatCalendarDate({ month, day }: CalendarDate): string {
  const text = `${pad(Math.floor(month / 12), 4)}-${pad((month % 12) + 1, 2)}`
  return day === null ? text : `${text}-${pad(day, 2)}`
}

/** Days of a month in the Gregorian calendar. */
export function daysIn(month: MonthNumber): number {
  return firstDayOf(month + 1) - firstDayOf(month)
}

/**
 * The fewest and the most days from one date to another, as far as they are known: from a month to the next one
 * it may be one day or two months.
 */
export function daysBetween(
  from: CalendarDate,
  to: CalendarDate,
): { readonly least: number; readonly most: number } {
  return {
    least: dayNumber(to, 'first') - dayNumber(from, 'last'),
    most: dayNumber(to, 'last') - dayNumber(from, 'first'),
  }
}

/** Negative, zero or positive; a month without a day comes before its days. */
export function compareDates(left: CalendarDate, right: CalendarDate): number {
  return left.month - right.month || (left.day ?? 0) - (right.day ?? 0)
}

/** So many months later; a day that the month does not have is the first of the next one. */
export function monthsAfter({ month, day }: CalendarDate, months: number): CalendarDate {
  const later = month + months
  return day !== null && day > daysIn(later) ? { month: later + 1, day: 1 } : { month: later, day }
}

const dayMs = 86_400_000
const averageMonthDays = 146_097 / 4800

/** The day of a time in UTC; integer ms since 1970. */
export function dateOfTime(at: number): CalendarDate & { readonly day: number } {
  const day = Math.floor(at / dayMs) + firstDayOf(1970 * 12)
  // At most a month off, because months are nearly of one length.
  let month = Math.floor(day / averageMonthDays) + 2
  while (firstDayOf(month) > day) month -= 1
  while (firstDayOf(month + 1) <= day) month += 1
  return { month, day: day - firstDayOf(month) + 1 }
}

/** When a month or day begins in UTC; integer ms since 1970. */
export function timeOfDate({ month, day }: CalendarDate): number {
  return (firstDayOf(month) - firstDayOf(1970 * 12) + (day ?? 1) - 1) * dayMs
}

function dayNumber({ month, day }: CalendarDate, end: 'first' | 'last'): number {
  const within = day ?? (end === 'first' ? 1 : daysIn(month))
  return firstDayOf(month) + within - 1
}

/**
 * Number of a month's first day, counted so that March begins a year: then the leap day comes last and month
 * lengths follow one formula (Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
 */
function firstDayOf(month: MonthNumber): number {
  const fromMarch = month - 2
  const year = Math.floor(fromMarch / 12)
  const inYear = fromMarch - year * 12
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
  return year * 365 + leapDays + Math.floor((153 * inYear + 2) / 5)
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
