import type { SeriesPlan } from '../../calendar/series-plan.ts'
import { parsePackageId } from '../../versions/release.ts'
import type { ReleaseEntry } from './file-schema.ts'
import type { StreamEntry } from './streams-schema.ts'

/** The timeline of a release entry; null when it has no `series`. What is missing was refused when the file was read. */
export function seriesPlanOf(entry: ReleaseEntry): SeriesPlan | null {
  const { series, streams = {} } = entry
  const named = Object.entries(streams)
  const final = named.find(([, { match }]) => match?.kind === 'final')
  const cadence = final?.[1].cadence
  const id = parsePackageId(entry.package)
  if (series === undefined || final === undefined || cadence === undefined || !id.ok) return null
  const rolling = named.flatMap(([name, stream]) => rollingOf(name, stream))
  const counted = named.flatMap(([name, stream]) => countedOf(name, stream))
  const { start, firstFinal, shift = {} } = series
  const from = series.from?.month ?? firstMonth(firstFinal?.month ?? 0, cadence.months, rolling, counted)
  return {
    package: entry.package,
    ecosystem: id.value.ecosystem,
    start,
    from,
    firstFinal: firstFinal?.month ?? null,
    bump: series.bump ?? 'minor',
    rolling,
    counted,
    final: { name: final[0], cadence, after: afterOf(final[1]) },
    maintenance: maintenanceOf(named, final[0]),
    // A day is a date that somebody fixed, as a moved one is.
    shift: firstFinal !== undefined && firstFinal.day !== null ? { [start]: firstFinal, ...shift } : shift,
    supportMonths: series.support ?? null,
  }
}

/** Where a series begins of which only the final is known: as if another one had come a cadence before it. */
function firstMonth(
  final: number,
  cadenceMonths: number,
  [rolling]: SeriesPlan['rolling'],
  counted: SeriesPlan['counted'],
): number {
  const lead = Math.max(0, ...counted.map(({ lengthMonths }) => lengthMonths))
  return rolling === undefined
    ? final - lead
    : Math.min(final - lead, final - cadenceMonths + rolling.cadenceMonths)
}

function rollingOf(name: string, stream: StreamEntry): SeriesPlan['rolling'] {
  const { match, cadence, pauseDuring, first } = stream
  if (match?.kind !== 'prerelease' || cadence === undefined) return []
  const { label, otherLabel } = match
  const firstLabel = first ?? label
  return [
    {
      ...{ name, label, otherLabel, firstLabel },
      ...{ cadenceMonths: cadence.months, pauseDuring: pauseDuring ?? null },
    },
  ]
}

function countedOf(name: string, { match, length, count, every }: StreamEntry): SeriesPlan['counted'] {
  if (match?.kind !== 'prerelease' || length === undefined || count === undefined) return []
  return [{ name, label: match.label, lengthMonths: length, count, everyMonths: every ?? 1 }]
}

function afterOf({ after }: StreamEntry): SeriesPlan['final']['after'] {
  return after === undefined
    ? null
    : { stream: after.stream, minDays: after.min ?? 0, maxDays: after.max ?? null }
}

/** A stream that names series goes by the times of the one that names none, where it has none of its own. */
function maintenanceOf(
  named: readonly (readonly [string, StreamEntry])[],
  final: string,
): SeriesPlan['maintenance'] {
  const found = named.filter(([, stream]) => stream.of === final)
  const base = found.find(([, { lines }]) => lines === undefined)?.[1]
  return found.flatMap(([name, own]) => {
    const cadence = own.cadence ?? base?.cadence
    if (cadence === undefined) return []
    const { lines = [], offset = base?.offset ?? cadence.months, lasts = base?.lasts } = own
    return [{ name, lines, cadenceMonths: cadence.months, offsetMonths: offset, lastsMonths: lasts ?? null }]
  })
}
