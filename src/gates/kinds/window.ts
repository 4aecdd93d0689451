import { formatTime } from '../format-time.ts'
import type { DateSpan, Stage, WeeklySpan, WindowRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'
import { parseDay } from './calendar-day.ts'
import { formatWeekMinute, WEEK_MINUTES, wallMinuteOf, weekMinute } from './week-minute.ts'

const MINUTE_MS = 60_000

const DAY_MINUTES = 24 * 60

/** Longer than a week and a change of clocks: so long after the last date of the spans no opening comes any more. */
const LOOK_AHEAD_MS = 9 * 24 * 60 * MINUTE_MS

/**
 * Waits while nothing is to be raised. Only raises are bound to it: a stage that shows the candidate to all has
 * none ahead, and what fails is taken back at any hour.
 */
export function windowGate(rule: WindowRule, stage: Pick<Stage, 'basisPoints'>, now: number): Verdict {
  const times = `${rule.notBetween.map(describe).join(', or ')} (${rule.timezone})`
  if (stage.basisPoints === 10_000) {
    return verdict('pass', 'Everybody sees it, so no raise is ahead that had to wait for a window.', null)
  }
  const opens = opensAt(rule, now)
  if (opens === now) return verdict('pass', `Raises are free at this time; none between ${times}.`, null)
  if (opens !== null) {
    return verdict('wait', `No raise between ${times}: waiting until ${formatTime(opens)}.`, opens)
  }
  const known = wallMinuteOf(now, rule.timezone) !== null
  const why = known ? 'there is no time left for a raise' : 'the timezone is not known here'
  return verdict('hold', `No raise between ${times}, and ${why}; a person must advance past it.`, null)
}

/**
 * The first moment from `now` on (integer ms) at which a raise is free; `now` itself while it is, null when there
 * is none or the timezone is not known. Clocks that are changed in a span are followed: it ends when they show
 * its end, or have jumped over it.
 */
export function opensAt(rule: WindowRule, now: number): number | null {
  const dates = rule.notBetween.map((span) => ('lastDay' in span ? lastMinute(span) * MINUTE_MS : now))
  const horizon = Math.max(now, ...dates) + LOOK_AHEAD_MS
  let at = now
  while (at <= horizon) {
    const minute = wallMinuteOf(at, rule.timezone)
    if (minute === null) return null
    const left = minutesLeft(rule, minute)
    if (left === 0) return at
    // Whole minutes: seconds of the moment itself are cut off once.
    const start = Math.floor(at / MINUTE_MS) * MINUTE_MS
    const end = start + left * MINUTE_MS
    at = offsetAt(end, rule) === offsetAt(start, rule) ? end : changeBetween(start, end, rule)
  }
  return null
}

/** Minutes of the wall clock until the longest span around this minute ends; 0 outside of all. */
function minutesLeft({ notBetween }: WindowRule, minute: number): number {
  const left = notBetween.map((span) =>
    'lastDay' in span ? leftOfDates(span, minute) : leftOfWeek(span, weekMinute(minute)),
  )
  return Math.max(0, ...left)
}

function leftOfWeek({ from, to }: WeeklySpan, minute: number): number {
  const length = between(from, to)
  const gone = between(from, minute)
  return gone < length ? length - gone : 0
}

/** A date that is none was refused where the policy was read; here it stops raises rather than none. */
function leftOfDates(span: DateSpan, minute: number): number {
  const first = (parseDay(span.firstDay) ?? Number.NEGATIVE_INFINITY) * DAY_MINUTES
  return minute >= first ? Math.max(0, lastMinute(span) - minute) : 0
}

/** The first minute after the span. */
function lastMinute({ firstDay, lastDay }: DateSpan): number {
  return ((parseDay(lastDay) ?? parseDay(firstDay) ?? 0) + 1) * DAY_MINUTES
}

function between(from: number, to: number): number {
  return (to - from + WEEK_MINUTES) % WEEK_MINUTES
}

/** How far the wall clock is ahead of UTC, in minutes. */
function offsetAt(atMs: number, { timezone }: WindowRule): number {
  return (wallMinuteOf(atMs, timezone) ?? 0) - (wallMinuteOf(atMs, 'UTC') ?? 0)
}

/** The first whole minute after `start` at which the clock has been changed; `end` is known to be behind it. */
function changeBetween(start: number, end: number, rule: WindowRule): number {
  const before = offsetAt(start, rule)
  let [same, changed] = [start, end]
  while (changed - same > MINUTE_MS) {
    const middle = same + Math.floor((changed - same) / 2 / MINUTE_MS) * MINUTE_MS
    if (offsetAt(middle, rule) === before) same = middle
    else changed = middle
  }
  return changed
}

function describe(span: WeeklySpan | DateSpan): string {
  if ('lastDay' in span) return `${span.firstDay} and the end of ${span.lastDay}`
  const { from, to } = span
  return `${formatWeekMinute(from)} and ${formatWeekMinute(to)}`
}

function verdict(answer: Verdict['answer'], sentence: string, until: number | null): Verdict {
  return { gate: 'window', answer, sentence, until, subjects: [] }
}
