/** How often something comes, and in which month of the year where that is fixed. */
export interface Cadence {
  readonly months: number
  /** 0 for January to 11; null where any month will do. */
  readonly monthOfYear: number | null
}

const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const

export const cadenceExpected = 'a cadence such as "2 months" or "2 years in August"'
export const monthsExpected = 'a number of months or years such as "2 months" or "1 year"'
export const daysExpected = 'a number of days or weeks such as "3 days" or "1 week"'

/** A hundred years: more than any plan, small enough to count with. */
const mostMonths = 1200

/** Reads `2 months`, `1 year`; null for anything else, zero included. */
export function readMonths(text: string): number | null {
  const match = /^\s*(\d{1,4})\s+(month|year)s?\s*$/i.exec(text)
  if (match === null) return null
  const months = Number(match[1]) * (match[2]?.toLowerCase() === 'year' ? 12 : 1)
  return months >= 1 && months <= mostMonths ? months : null
}

/** Reads `2 months` and `2 years in August`; a fixed month of the year needs whole years. */
export function readCadence(text: string): Cadence | null {
  const [span = '', name, ...rest] = text.split(/\s+in\s+/i)
  const months = readMonths(span)
  if (months === null || rest.length > 0) return null
  if (name === undefined) return { months, monthOfYear: null }
  const monthOfYear = (monthNames as readonly string[]).indexOf(name.trim().toLowerCase())
  return monthOfYear < 0 || months % 12 !== 0 ? null : { months, monthOfYear }
}

/** Reads `3 days`, `1 week`, `4 weeks` into days; null for anything else. */
export function readDays(text: string): number | null {
  const match = /^\s*(\d{1,4})\s+(day|week)s?\s*$/i.exec(text)
  return match === null ? null : Number(match[1]) * (match[2]?.toLowerCase() === 'week' ? 7 : 1)
}
