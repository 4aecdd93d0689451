import { schemeOf } from '../versions/scheme-of.ts'
import {
  type CalendarDate,
  compareDates,
  daysBetween,
  formatCalendarDate,
  type MonthNumber,
  monthsAfter,
} from './calendar-date.ts'
import { type Draft, layOutSeries } from './lay-out-series.ts'
import type { PlannedRelease, PublishedRelease, SeriesLife, SeriesPlan } from './series-plan.ts'

/** How far a person may move a release. */
const shiftMonthsAtMost = 1

/** Beyond the asked end, so that a release that was moved into the span is seen. */
const marginMonths = 12

export interface Calendar {
  /** In time order; of one month by version. */
  readonly releases: readonly PlannedRelease[]
  readonly lives: readonly SeriesLife[]
  /** Moved versions that the plan does not have. */
  readonly unknownShifts: readonly string[]
}

/**
 * Lays out a package's releases from the first month to the last, both included, and says which dates break a rule.
 * What is published already has its real date, whatever was planned; nothing else moves for it.
 */
export function planCalendar(
  plan: SeriesPlan,
  span: { readonly from: MonthNumber; readonly until: MonthNumber },
  published: readonly PublishedRelease[] = [],
): Calendar {
  const moved = Object.values(plan.shift).map(({ month }) => month)
  const horizon = Math.max(span.until, ...moved) + lifeMonths(plan) + marginMonths
  const out = new Map(published.map((release) => [release.version, release]))
  const drafts = layOutSeries(plan, horizon)
  const dated = drafts.map((draft) => dateOf(plan, draft, out))
  const known = new Set(drafts.flatMap(({ version, otherVersion }) => [version, otherVersion]))
  const bySeries = Map.groupBy(dated, ({ series }) => series)
  const noted = dated.map((release) => ({
    ...release,
    notes: notesOn(plan, release, bySeries.get(release.series) ?? []),
  }))
  const scheme = schemeOf(plan.ecosystem)
  const ordered = noted.sort(
    (left, right) => compareDates(left.date, right.date) || scheme.compare(left.version, right.version),
  )
  const within = ({ month }: CalendarDate) => month >= span.from && month <= span.until
  return {
    releases: ordered.filter(({ date }) => within(date)),
    lives: livesOf(plan, ordered).filter(
      ({ firstRelease, ends }) => firstRelease.month <= span.until && ends.month >= span.from,
    ),
    unknownShifts: Object.keys(plan.shift).filter((version) => !known.has(version)),
  }
}

/** A release by the name and on the day that it came out with, else as a person moved it, else as the rules say. */
function dateOf(
  { shift }: SeriesPlan,
  { otherVersion, ...draft }: Draft,
  out: ReadonlyMap<string, PublishedRelease>,
): PlannedRelease {
  const names = otherVersion === null ? [draft.version] : [draft.version, otherVersion]
  const published = names.flatMap((name) => out.get(name) ?? [])[0] ?? null
  const moved = names.find((name) => shift[name] !== undefined) ?? draft.version
  const date = published?.date ?? shift[moved] ?? { month: draft.planned, day: null }
  return { ...draft, version: published?.version ?? moved, date, published, notes: [] }
}

/** From the first pre-release of a series to its end, at most. */
function lifeMonths({ final, maintenance }: SeriesPlan): number {
  const longest = maintenance.map(({ offsetMonths, lastsMonths }) => (lastsMonths ?? 0) + offsetMonths)
  return 2 * final.cadence.months + Math.max(0, ...longest)
}

/** The feature releases that are supported on a day, each with the newest release of its series by then. */
export function supportedOn(
  plan: SeriesPlan,
  date: CalendarDate,
): readonly { readonly series: string; readonly released: CalendarDate; readonly newest: string }[] {
  const until = date.month
  const { releases } = planCalendar(plan, { from: plan.from, until })
  const out = releases.filter((release) => daysBetween(release.date, date).most >= 0)
  const isSupported = (released: CalendarDate) =>
    plan.supportMonths === null ||
    compareDates(firstDay(date), firstDay(monthsAfter(released, plan.supportMonths))) < 0
  return out
    .filter((release) => release.kind === 'final' && isSupported(release.date))
    .map((release) => ({
      series: release.version,
      released: release.date,
      newest:
        out.findLast(({ series, kind }) => series === release.version && kind === 'maintenance')?.version ??
        release.version,
    }))
}

/** A month counts from its first day. */
function firstDay({ month, day }: CalendarDate): CalendarDate {
  return { month, day: day ?? 1 }
}

function notesOn(
  plan: SeriesPlan,
  release: PlannedRelease,
  own: readonly PlannedRelease[],
): readonly string[] {
  return [
    ...shiftNotes(release),
    ...pauseNotes(plan, release, own),
    ...afterNotes(plan, release, own),
    ...orderNotes(plan, release, own),
  ]
}

function shiftNotes({ date, planned, published }: PlannedRelease): readonly string[] {
  if (published !== null) return []
  const months = Math.abs(date.month - planned)
  if (months <= shiftMonthsAtMost) return []
  const rule = formatCalendarDate({ month: planned, day: null })
  return [`${months} months from the planned ${rule}; a release may be moved by at most one month`]
}

/** A rolling pre-release does not come while the stream it pauses for is open. */
function pauseNotes(
  plan: SeriesPlan,
  release: PlannedRelease,
  own: readonly PlannedRelease[],
): readonly string[] {
  if (release.kind !== 'rolling') return []
  const pauseDuring = plan.rolling.find(({ name }) => name === release.stream)?.pauseDuring ?? null
  const open = own.find(({ stream }) => stream === pauseDuring)
  if (open === undefined || compareDates(release.date, open.date) < 0) return []
  return [`no ${release.stream} comes once ${said(open)} is open`]
}

function afterNotes(
  plan: SeriesPlan,
  release: PlannedRelease,
  own: readonly PlannedRelease[],
): readonly string[] {
  const { after } = plan.final
  if (release.kind !== 'final' || after === null) return []
  const last = own.filter(({ stream }) => stream === after.stream).at(-1)
  if (last === undefined) return []
  const { least, most } = daysBetween(last.date, release.date)
  if (most < after.minDays)
    return [`at most ${most} days after ${said(last)}; at least ${after.minDays} are asked`]
  if (after.maxDays !== null && least > after.maxDays) {
    return [`at least ${least} days after ${said(last)}; at most ${after.maxDays} are allowed`]
  }
  return []
}

/** Versions of a series come in their own order; said at the later version. */
function orderNotes(
  plan: SeriesPlan,
  release: PlannedRelease,
  own: readonly PlannedRelease[],
): readonly string[] {
  const scheme = schemeOf(plan.ecosystem)
  const before = own.filter(({ version }) => scheme.compare(version, release.version) < 0)
  const late = before.find(({ date }) => daysBetween(date, release.date).most < 0)
  return late === undefined ? [] : [`before ${said(late)}, which it should follow`]
}

function said({ version, date }: PlannedRelease): string {
  return `${version} (${formatCalendarDate(date)})`
}

/** Without maintenance releases a series ends with the next final. */
function livesOf(plan: SeriesPlan, ordered: readonly PlannedRelease[]): readonly SeriesLife[] {
  const finals = ordered.filter(({ kind }) => kind === 'final')
  const bySeries = Map.groupBy(ordered, ({ series }) => series)
  return finals.flatMap((final, index) => {
    const own = bySeries.get(final.series) ?? []
    const last = own.findLast(({ kind }) => kind === 'maintenance') ?? finals[index + 1]
    const [first] = own
    if (first === undefined || last === undefined) return []
    const supportEnds = plan.supportMonths === null ? null : monthsAfter(final.date, plan.supportMonths)
    return [
      { series: final.series, firstRelease: first.date, final: final.date, ends: last.date, supportEnds },
    ]
  })
}
