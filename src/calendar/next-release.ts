import { schemeOf } from '../versions/scheme-of.ts'
import { type CalendarDate, compareDates, type MonthNumber } from './calendar-date.ts'
import { planCalendar } from './plan-calendar.ts'
import type { PlannedRelease, PublishedRelease, SeriesPlan } from './series-plan.ts'

export interface CalendarMoment {
  /** With its day. */
  readonly today: CalendarDate
  /** Releases planned before this month are not asked for any more. */
  readonly since: MonthNumber
  readonly published: readonly PublishedRelease[]
}

/** How far ahead the next release is looked for. */
const aheadMonths = 36

/**
 * The next planned release that is not published; one whose date has passed stays the next until it is. What a
 * later release of its series and stream has overtaken is left out. Null when nothing is planned.
 */
export function nextRelease(plan: SeriesPlan, moment: CalendarMoment): PlannedRelease | null {
  const { since, today, published } = moment
  const { compare } = schemeOf(plan.ecosystem)
  const { releases } = planCalendar(plan, { from: since, until: today.month + aheadMonths }, published)
  return (
    releases.find((release) => release.published === null && !isOvertaken(release, releases, compare)) ?? null
  )
}

/**
 * Whether nobody waits for it any more: a later release of its series and stream is out, or the final that it was to
 * lead to.
 */
export function isOvertaken(
  { series, stream, version, kind }: PlannedRelease,
  releases: readonly PlannedRelease[],
  compare: (a: string, b: string) => number,
): boolean {
  return releases.some(
    (other) =>
      other.published !== null &&
      other.series === series &&
      (other.stream === stream || (other.kind === 'final' && kind !== 'maintenance')) &&
      compare(other.version, version) > 0,
  )
}

/** Whether a planned month or day is over. */
export function hasPassed(date: CalendarDate, today: CalendarDate): boolean {
  return date.day === null ? date.month < today.month : compareDates(date, today) < 0
}
