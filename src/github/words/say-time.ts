const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1000 },
] as const

/** `2026-11-20 22:31 UTC`; seconds only when the time is not on the minute. */
export function sayTime(at: number): string {
  const text = new Date(at).toISOString()
  const seconds = text.slice(17, 19)
  return `${text.slice(0, 10)} ${text.slice(11, 16)}${seconds === '00' ? '' : `:${seconds}`} UTC`
}

/** A length of time in its largest unit, and the next one below two: `36 hours`, `1 hour 30 minutes`. */
export function sayLength(lengthMs: number): string {
  const ms = Math.max(0, lengthMs)
  const index = units.findIndex((unit) => ms >= unit.ms)
  const unit = units[index]
  if (unit === undefined) return 'less than a second'
  const count = Math.floor(ms / unit.ms)
  const rest = units[index + 1]
  const below = rest === undefined ? 0 : Math.floor((ms - count * unit.ms) / rest.ms)
  const first = `${count} ${unit.name}${count === 1 ? '' : 's'}`
  return rest === undefined || below === 0 ? first : `${first} ${below} ${rest.name}${below === 1 ? '' : 's'}`
}

/** A moment in UTC and seen from `now`: `2026-11-20 22:31 UTC (in 24 minutes)`. */
export function sayMoment(at: number, now: number): string {
  if (at <= now) return `${sayTime(at)} (${sayLength(now - at)} ago)`
  return `${sayTime(at)} (in ${sayLength(at - now)})`
}
