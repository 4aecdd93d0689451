const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar. */
const EPOCH_DAYS = 719_468
const DAYS_PER_ERA = 146_097

/**
 * A moment as people read it, always UTC: `2026-11-20 14:00 UTC`. Takes integer milliseconds since the epoch;
 * seconds are cut off. Dates follow Hinnant's `civil_from_days`, because the pure part has no `Date`.
 */
export function formatTime(atMs: number): string {
  const days = Math.floor(atMs / DAY_MS)
  const minutes = Math.floor((atMs - days * DAY_MS) / MINUTE_MS)
  const { year, month, day } = civilFromDays(days)
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${clock} UTC`
}

/** Years begin in March inside, so that the leap day is the last day of a year. */
function civilFromDays(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const days = daysSinceEpoch + EPOCH_DAYS
  const era = Math.floor(days / DAYS_PER_ERA)
  const dayOfEra = days - era * DAYS_PER_ERA
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** A span as people read it: `90 s`, `15 min`, `24 h`, `7 d`, in the largest unit that divides it. */
export function formatDuration(durationMs: number): string {
  const units = [
    ['d', DAY_MS],
    ['h', 3_600_000],
    ['min', MINUTE_MS],
    ['s', 1000],
  ] as const
  for (const [unit, unitMs] of units) {
    // A day is written as 24 h, because that is how bakes are spoken of.
    const least = unit === 'd' ? 2 * unitMs : unitMs
    if (durationMs >= least && durationMs % unitMs === 0) return `${durationMs / unitMs} ${unit}`
  }
  return `${durationMs} ms`
}
