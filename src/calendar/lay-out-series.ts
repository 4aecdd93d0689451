import type { MonthNumber } from './calendar-date.ts'
import type { PlannedRelease, SeriesPlan } from './series-plan.ts'

type Draft = Omit<PlannedRelease, 'date' | 'notes'>

/** One series with its key months, before anybody moves a date. */
interface Series {
  readonly version: string
  readonly begins: MonthNumber
  readonly final: MonthNumber
}

/**
 * Every release that the rules plan up to a month, in no particular order. Planned months follow from each other
 * and never from a moved date: a late final does not move the next series.
 */
export function layOutSeries(plan: SeriesPlan, until: MonthNumber): readonly Draft[] {
  const drafts: Draft[] = []
  for (let series = firstSeries(plan); series.begins <= until; series = nextSeries(plan, series)) {
    drafts.push(...releasesOf(plan, series, nextSeries(plan, series)))
  }
  return drafts.filter(({ planned }) => planned <= until)
}

function releasesOf(plan: SeriesPlan, series: Series, next: Series): readonly Draft[] {
  const draft = (kind: Draft['kind'], stream: string, version: string, planned: MonthNumber): Draft => ({
    version,
    stream,
    kind,
    series: series.version,
    planned,
  })
  const numbered = (label: string, number: number) => preRelease(plan, series.version, label, number)
  return [
    ...plan.rolling.flatMap((stream) =>
      range(series.begins, stream.cadenceMonths, rollingStop(plan, series, stream.pauseDuring)).map(
        (month, index) => draft('rolling', stream.name, numbered(stream.label, index + 1), month),
      ),
    ),
    ...plan.counted.flatMap((stream) =>
      Array.from({ length: stream.count }, (_, index) =>
        draft(
          'counted',
          stream.name,
          numbered(stream.label, index + 1),
          series.final - stream.lengthMonths + index * stream.everyMonths,
        ),
      ),
    ),
    draft('final', plan.final.name, series.version, series.final),
    ...maintenanceOf(plan, series, next).map((month, index) =>
      draft('maintenance', plan.maintenance?.name ?? '', bumped(series.version, 'patch', index + 1), month),
    ),
  ]
}

/** The month from which on there are none any more: the start of the stream they pause for, else the final. */
function rollingStop(plan: SeriesPlan, series: Series, pauseDuring: string | null): MonthNumber {
  const paused = plan.counted.find(({ name }) => name === pauseDuring)
  return series.final - (paused?.lengthMonths ?? 0)
}

/** The last one comes with the first maintenance release of the next series. */
function maintenanceOf(plan: SeriesPlan, series: Series, next: Series): readonly MonthNumber[] {
  const rule = plan.maintenance
  if (rule === null) return []
  return range(series.final + rule.offsetMonths, rule.cadenceMonths, next.final + rule.offsetMonths + 1)
}

/** The first final in its month of the year that leaves room for a pre-release before the counted ones begin. */
function firstSeries(plan: SeriesPlan): Series {
  const { cadence } = plan.final
  const lead = Math.max(0, ...plan.counted.map(({ lengthMonths }) => lengthMonths))
  const begins = plan.from
  if (cadence.monthOfYear === null) return { version: plan.start, begins, final: begins + cadence.months }
  const least = begins + lead + (plan.rolling.length > 0 ? 1 : 0)
  const final = least + ((((cadence.monthOfYear - least) % 12) + 12) % 12)
  return { version: plan.start, begins, final }
}

/** The first pre-release of a series comes one cadence after the previous final. */
function nextSeries(plan: SeriesPlan, series: Series): Series {
  const final = series.final + plan.final.cadence.months
  const [rolling] = plan.rolling
  const lead = Math.max(0, ...plan.counted.map(({ lengthMonths }) => lengthMonths))
  const begins = rolling === undefined ? final - lead : series.final + rolling.cadenceMonths
  return { version: bumped(series.version, plan.bump, 1), begins, final }
}

function bumped(version: string, part: 'major' | 'minor' | 'patch', by: number): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (part === 'major') return `${major + by}.0.0`
  return part === 'minor' ? `${major}.${minor + by}.0` : `${major}.${minor}.${patch + by}`
}

function preRelease({ ecosystem }: SeriesPlan, version: string, label: string, number: number): string {
  return ecosystem === 'pypi' ? `${version}${label}${number}` : `${version}-${label}.${number}`
}

function range(from: MonthNumber, step: number, before: MonthNumber): readonly MonthNumber[] {
  const months: MonthNumber[] = []
  for (let month = from; month < before; month += step) months.push(month)
  return months
}
