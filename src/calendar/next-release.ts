import { schemeOf } from '../versions/scheme-of.ts'
import { type CalendarDate, compareDates, type MonthNumber } from './calendar-date.ts'
import { planCalendar } from './plan-calendar.ts'
import type { PlannedRelease, SeriesPlan } from './series-plan.ts'

export interface CalendarMoment {
  /** With its day. */
  readonly today: CalendarDate
  /** Releases planned before this month are not asked for any more. */
  readonly since: MonthNumber
  readonly published: readonly string[]
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
  const { releases } = planCalendar(plan, { from: since, until: today.month + aheadMonths })
  const isOut = ({ version }: PlannedRelease) => published.some((other) => compare(other, version) === 0)
  const open = releases.find((release) => {
    const overtakes = (other: PlannedRelease) =>
      other.series === release.series &&
      other.stream === release.stream &&
      compare(other.version, release.version) > 0
    return !isOut(release) && !releases.some((other) => overtakes(other) && isOut(other))
  })
  return open ?? null
}

/** Whether a planned month or day is over. */
export function hasPassed(date: CalendarDate, today: CalendarDate): boolean {
  return date.day === null ? date.month < today.month : compareDates(date, today) < 0
}
