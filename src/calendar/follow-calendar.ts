import { schemeOf } from '../versions/scheme-of.ts'
import { type CalendarDate, compareDates, type MonthNumber } from './calendar-date.ts'
import { hasPassed, isOvertaken } from './next-release.ts'
import { planCalendar } from './plan-calendar.ts'
import type { PlannedRelease, PublishedRelease, SeriesLife, SeriesPlan } from './series-plan.ts'

/** One line of a calendar that follows what happened. */
export interface FollowedRelease {
  readonly version: string
  /** Null: no stream has it. */
  readonly stream: string | null
  /** When it came out; of what has not, when it is planned. */
  readonly date: CalendarDate
  /** When it was planned; null: it was not. */
  readonly planned: CalendarDate | null
  /** `due`: in this month, or on this day. */
  readonly state: 'released' | 'taken-back' | 'late' | 'due' | 'coming'
  /** The rules that its date breaks, one sentence each. */
  readonly notes: readonly string[]
}

export interface FollowedCalendar {
  /** In time order; of one date by version. */
  readonly releases: readonly FollowedRelease[]
  readonly lives: readonly SeriesLife[]
}

export interface FollowedSpan {
  readonly from: MonthNumber
  readonly until: MonthNumber
  /** With its day. */
  readonly today: CalendarDate
}

/**
 * The calendar of a package that has releases: what came out and when, what is late, what comes. What was planned before
 * its first release here came out elsewhere, and what a later release of its series and stream has overtaken is waited
 * for by nobody: neither is late. Ends of support go by the days on which finals really came.
 */
export function followCalendar(
  plan: SeriesPlan,
  published: readonly PublishedRelease[],
  { from, until, today }: FollowedSpan,
): FollowedCalendar {
  const { compare } = schemeOf(plan.ecosystem)
  const since = Math.min(today.month, ...published.map(({ date }) => date.month))
  const { releases, lives } = planCalendar(plan, { from, until }, published)
  const planned = releases.filter(
    (release) =>
      release.published !== null || (release.date.month >= since && !isOvertaken(release, releases, compare)),
  )
  const known = new Set(planned.flatMap(({ published: out }) => out ?? []))
  const others = published.filter(
    (release) => !known.has(release) && release.date.month >= from && release.date.month <= until,
  )
  const all = [
    ...planned.map((release) => followed(plan, release, today)),
    ...others.map((release) => ({ ...outside(release), planned: null })),
  ]
  const ordered = all.sort(
    (left, right) => compareDates(left.date, right.date) || compare(left.version, right.version),
  )
  return { releases: ordered, lives }
}

function followed(plan: SeriesPlan, release: PlannedRelease, today: CalendarDate): FollowedRelease {
  const { version, stream, date, notes, published } = release
  const planned = plan.shift[version] ?? { month: release.planned, day: null }
  if (published !== null) return { ...outside(published), stream, planned, notes }
  return { version, stream, date, planned, notes, state: stateOf(date, today) }
}

function outside({ version, stream, date, takenBack }: PublishedRelease) {
  return { version, stream, date, notes: [], state: takenBack ? 'taken-back' : 'released' } as const
}

function stateOf(date: CalendarDate, today: CalendarDate): FollowedRelease['state'] {
  if (hasPassed(date, today)) return 'late'
  const isNow = date.month === today.month && (date.day === null || date.day === today.day)
  return isNow ? 'due' : 'coming'
}
