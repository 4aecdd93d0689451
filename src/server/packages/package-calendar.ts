import { type CalendarDate, dateOfTime, formatCalendarDate } from '../../calendar/calendar-date.ts'
import { type FollowedCalendar, followCalendar } from '../../calendar/follow-calendar.ts'
import { publishedReleases } from '../../catalog/published-releases.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import type { ServerParts } from '../server-parts.ts'

/** Months shown before and after today, where nobody names others. */
const beforeMonths = 12
const afterMonths = 24

/** Null for a package whose owner plans nothing. `span`: other months than the usual ones. */
export async function packageCalendar(
  { plans, engine, clock }: Pick<ServerParts<RolloutReader>, 'plans' | 'engine' | 'clock'>,
  record: PackageRecord,
  span: { readonly from?: CalendarDate; readonly until?: CalendarDate } = {},
): Promise<FollowedCalendar | null> {
  const own = (await plans?.of(record.id)) ?? null
  if (own === null) return null
  const today = dateOfTime(clock.now())
  const published = publishedReleases(record, engine.rolloutsOf(record.id), own.streamOf)
  const from = span.from?.month ?? today.month - beforeMonths
  const until = span.until?.month ?? Math.max(from, today.month) + afterMonths
  return followCalendar(own.plan, published, { from, until, today })
}

/** The calendar as answers have it. */
export function calendarAnswer(record: PackageRecord, { releases, lives }: FollowedCalendar) {
  return {
    package: record.id,
    releases: releases.map(({ date, planned, version, stream, state, notes }) => ({
      ...{ date: formatCalendarDate(date), version, stream, state },
      ...{ planned: planned === null ? null : formatCalendarDate(planned), notes },
    })),
    series: lives.map(({ series, firstRelease, final, ends, supportEnds }) => ({
      series,
      firstRelease: formatCalendarDate(firstRelease),
      final: formatCalendarDate(final),
      ends: formatCalendarDate(ends),
      supportEnds: supportEnds === null ? null : formatCalendarDate(supportEnds),
    })),
  }
}
