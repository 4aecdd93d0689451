const DAYS_IN_400_YEARS = 146_097
/** From 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468

/** Days since 1970-01-01 of a date of the Gregorian calendar; `month` is 1 to 12 (Hinnant, days_from_civil). */
export function dayNumber(year: number, month: number, day: number): number {
  // Counted in years that begin in March, so that the leap day comes last.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_IN_400_YEARS + dayOfEra - DAYS_BEFORE_1970
}

/** The day number behind `2026-12-20`; null for a text that is no date of the calendar. */
export function parseDay(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text.trim())
  if (match === null) return null
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12 || day < 1) return null
  const [nextYear, nextMonth] = month === 12 ? [year + 1, 1] : [year, month + 1]
  const days = dayNumber(nextYear, nextMonth, 1) - dayNumber(year, month, 1)
  return day <= days ? dayNumber(year, month, day) : null
}
