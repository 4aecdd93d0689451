import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import type { CalendarDate, MonthNumber } from './calendar-date.ts'
import type { Cadence } from './read-cadence.ts'

/** Pre-releases that come again and again while a series is prepared: `b1`, `b2` … */
export interface RollingStream {
  readonly name: string
  /** The pre-release word of its versions: `b` on PyPI, `beta` on npm. */
  readonly label: string
  /** A word that one of them may carry in its place, with its number: `a`; null: none. */
  readonly otherLabel: string | null
  /** The word of the first one of a series. */
  readonly firstLabel: string
  readonly cadenceMonths: number
  /** The stream during which none of these come; null: they go on until the final. */
  readonly pauseDuring: string | null
}

/** A fixed number of pre-releases right before the final: `rc1`, `rc2`. */
export interface CountedStream {
  readonly name: string
  readonly label: string
  /** How long before the final the first one comes. */
  readonly lengthMonths: number
  readonly count: number
  readonly everyMonths: number
}

export interface FinalStream {
  readonly name: string
  readonly cadence: Cadence
  /** Least and most days after the last release of another stream. */
  readonly after: {
    readonly stream: string
    readonly minDays: number
    readonly maxDays: number | null
  } | null
}

export interface MaintenanceStream {
  readonly name: string
  /** The series that it maintains, as the numbers they begin with (`3.9`); empty: all that no other one names. */
  readonly lines: readonly string[]
  readonly cadenceMonths: number
  /** From the final to its first maintenance release. */
  readonly offsetMonths: number
  /** From the final to the last one at the latest; null: until the first one of the next series. */
  readonly lastsMonths: number | null
}

/** Everything a package's timeline follows from. */
export interface SeriesPlan {
  readonly package: PackageId
  readonly ecosystem: Ecosystem
  /** First final of the first series, three numbers: `3.9.0`. */
  readonly start: string
  /** Month of the first pre-release of the first series. */
  readonly from: MonthNumber
  /** Month of the first final; null: the first one of the cadence that leaves room for a pre-release. */
  readonly firstFinal: MonthNumber | null
  readonly bump: 'minor' | 'major'
  readonly rolling: readonly RollingStream[]
  readonly counted: readonly CountedStream[]
  readonly final: FinalStream
  readonly maintenance: readonly MaintenanceStream[]
  /** Releases that people moved, by version. */
  readonly shift: Readonly<Record<string, CalendarDate>>
  /** A feature release is supported for so long; null: nobody said. */
  readonly supportMonths: number | null
}

/** A release that is out. */
export interface PublishedRelease {
  /** In normal form. */
  readonly version: string
  /** With its day, as UTC has it. */
  readonly date: CalendarDate
  /** The stream that has it; null: none. */
  readonly stream: string | null
  /** It was taken back, blocked or withdrawn since. */
  readonly takenBack: boolean
}

/** One planned release. */
export interface PlannedRelease {
  readonly version: string
  readonly stream: string
  readonly kind: 'rolling' | 'counted' | 'final' | 'maintenance'
  /** The final of its series: `3.9.0`. */
  readonly series: string
  /** What the rules say. */
  readonly planned: MonthNumber
  /** What counts: the real date once it is out, else the moved one, else the planned month. */
  readonly date: CalendarDate
  /** As it came out; null: it has not yet. */
  readonly published: PublishedRelease | null
  /** The rules that its date breaks, one sentence each. */
  readonly notes: readonly string[]
}

/** A series from its first pre-release to its last maintenance release. */
export interface SeriesLife {
  readonly series: string
  readonly firstRelease: CalendarDate
  readonly final: CalendarDate
  /** The month of its last maintenance release; without any, of the next final. */
  readonly ends: CalendarDate
  /** The first month or day on which it is not supported any more; null where nobody said how long it is. */
  readonly supportEnds: CalendarDate | null
}
