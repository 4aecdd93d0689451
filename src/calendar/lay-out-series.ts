import type { MonthNumber } from './calendar-date.ts'
import type { MaintenanceStream, PlannedRelease, SeriesPlan } from './series-plan.ts'

export interface Draft extends Pick<PlannedRelease, 'version' | 'stream' | 'kind' | 'series' | 'planned'> {
  /** The same release under the other word that its stream allows; null: there is none. */
  readonly otherVersion: string | null
}

/** One series with its key months, before anybody moves a date. */
interface Series {
  readonly version: string
  readonly begins: MonthNumber
  readonly final: MonthNumber
}

/**
 * Every release that the rules plan from where the plan begins up to a month, in no particular order. Planned months follow from each other
 * and never from a moved date: a late final does not move the next series.
 */
export function layOutSeries(plan: SeriesPlan, until: MonthNumber): readonly Draft[] {
  const drafts: Draft[] = []
  for (let series = firstSeries(plan); series.begins <= until; series = nextSeries(plan, series)) {
    drafts.push(...releasesOf(plan, series, nextSeries(plan, series)))
  }
  return drafts.filter(({ planned }) => planned >= plan.from && planned <= until)
}

function releasesOf(plan: SeriesPlan, series: Series, next: Series): readonly Draft[] {
  const of = { series: series.version, otherVersion: null }
  const numbered = (label: string, number: number) => preRelease(plan, series.version, label, number)
  const maintenance = maintenanceRule(plan, series.version)
  return [
    ...plan.rolling.flatMap((stream) =>
      range(series.begins, stream.cadenceMonths, rollingStop(plan, series, stream.pauseDuring)).map(
        (planned, index): Draft => {
          const label = index === 0 ? stream.firstLabel : stream.label
          const other = label === stream.label ? stream.otherLabel : stream.label
          const otherVersion = other === null ? null : numbered(other, index + 1)
          const version = numbered(label, index + 1)
          return { ...of, kind: 'rolling', stream: stream.name, version, otherVersion, planned }
        },
      ),
    ),
    ...plan.counted.flatMap((stream) =>
      Array.from({ length: stream.count }, (_, index): Draft => {
        const planned = series.final - stream.lengthMonths + index * stream.everyMonths
        const version = numbered(stream.label, index + 1)
        return { ...of, kind: 'counted', stream: stream.name, version, planned }
      }),
    ),
    { ...of, kind: 'final', stream: plan.final.name, version: series.version, planned: series.final },
    ...maintenanceMonths(maintenance, series, next).map((planned, index): Draft => {
      const version = bumped(series.version, 'patch', index + 1)
      return { ...of, kind: 'maintenance', stream: maintenance?.name ?? '', version, planned }
    }),
  ]
}

/** The month from which on there are none any more: the start of the stream they pause for, else the final. */
function rollingStop(plan: SeriesPlan, series: Series, pauseDuring: string | null): MonthNumber {
  const paused = plan.counted.find(({ name }) => name === pauseDuring)
  return series.final - (paused?.lengthMonths ?? 0)
}

/** The stream that maintains a series: the one that names it, else the one that names none. */
function maintenanceRule({ maintenance }: SeriesPlan, series: string): MaintenanceStream | null {
  const naming = maintenance.find(({ lines }) => lines.some((line) => isInLine(series, line)))
  return naming ?? maintenance.find(({ lines }) => lines.length === 0) ?? null
}

/** Whether three numbers begin with others: `3.9.0` is of `3.9` and of `3`, and `3.90.0` is not of `3.9`. */
export function isInLine(numbers: string, line: string): boolean {
  return `${numbers}.`.startsWith(`${line}.`)
}

/** Where nobody says how long, the last one comes with the first maintenance release of the next series. */
function maintenanceMonths(
  rule: MaintenanceStream | null,
  series: Series,
  next: Series,
): readonly MonthNumber[] {
  if (rule === null) return []
  const last = rule.lastsMonths === null ? next.final + rule.offsetMonths : series.final + rule.lastsMonths
  return range(series.final + rule.offsetMonths, rule.cadenceMonths, last + 1)
}

/**
 * The first final in the month that the file names, else in its month of the year that leaves room for a pre-release
 * before the counted ones begin.
 */
function firstSeries(plan: SeriesPlan): Series {
  const { cadence } = plan.final
  const [version, begins] = [plan.start, plan.from]
  if (plan.firstFinal !== null) return { version, begins, final: plan.firstFinal }
  if (cadence.monthOfYear === null) return { version, begins, final: begins + cadence.months }
  const least = begins + lead(plan) + (plan.rolling.length > 0 ? 1 : 0)
  return { version, begins, final: least + modulo(cadence.monthOfYear - least, 12) }
}

/** The first pre-release of a series comes one cadence after the previous final. */
function nextSeries(plan: SeriesPlan, series: Series): Series {
  const { months, monthOfYear } = plan.final.cadence
  // A first final in another month of the year is followed by the nearest that is a cadence away.
  const off = monthOfYear === null ? 0 : modulo(monthOfYear - series.final, 12)
  const final = series.final + months + (off > 6 ? off - 12 : off)
  const [rolling] = plan.rolling
  const begins = rolling === undefined ? final - lead(plan) : series.final + rolling.cadenceMonths
  return { version: bumped(series.version, plan.bump, 1), begins, final }
}

function lead({ counted }: SeriesPlan): number {
  return Math.max(0, ...counted.map(({ lengthMonths }) => lengthMonths))
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
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
