import { formatTime } from '../format-time.ts'
import type { Stage, WeeklySpan, WindowRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'
import { formatWeekMinute, WEEK_MINUTES, weekMinuteOf } from './week-minute.ts'

const MINUTE_MS = 60_000

/** Longer than a week and a change of clocks: after that no opening comes any more. */
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
  const known = weekMinuteOf(now, rule.timezone) !== null
  const why = known ? 'there is no time left for a raise' : 'the timezone is not known here'
  return verdict('hold', `No raise between ${times}, and ${why}; a person must advance past it.`, null)
}

/**
 * The first moment from `now` on (integer ms) at which a raise is free; `now` itself while it is, null when there
 * is none or the timezone is not known. Clocks that are changed in a span are followed: it ends when they show
 * its end, or have jumped over it.
 */
export function opensAt(rule: WindowRule, now: number): number | null {
  let at = now
  while (at <= now + LOOK_AHEAD_MS) {
    const minute = weekMinuteOf(at, rule.timezone)
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
  const left = notBetween.map(({ from, to }) => {
    const length = between(from, to)
    const gone = between(from, minute)
    return gone < length ? length - gone : 0
  })
  return Math.max(0, ...left)
}

function between(from: number, to: number): number {
  return (to - from + WEEK_MINUTES) % WEEK_MINUTES
}

/** How far the wall clock is ahead of UTC, in minutes within a week. */
function offsetAt(atMs: number, { timezone }: WindowRule): number {
  return between(weekMinuteOf(atMs, 'UTC') ?? 0, weekMinuteOf(atMs, timezone) ?? 0)
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

function describe({ from, to }: WeeklySpan): string {
  return `${formatWeekMinute(from)} and ${formatWeekMinute(to)}`
}

function verdict(answer: Verdict['answer'], sentence: string, until: number | null): Verdict {
  return { gate: 'window', answer, sentence, until, subjects: [] }
}
