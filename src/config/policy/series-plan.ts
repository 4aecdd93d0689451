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
  return {
    package: entry.package,
    ecosystem: id.value.ecosystem,
    start: series.start,
    from: series.from.month,
    bump: series.bump ?? 'minor',
    rolling: named.flatMap(([name, stream]) => rollingOf(name, stream)),
    counted: named.flatMap(([name, stream]) => countedOf(name, stream)),
    final: { name: final[0], cadence, after: afterOf(final[1]) },
    maintenance: maintenanceOf(named, final[0]),
    shift: series.shift ?? {},
    supportMonths: series.support ?? null,
  }
}

function rollingOf(name: string, { match, cadence, pauseDuring }: StreamEntry): SeriesPlan['rolling'] {
  if (match?.kind !== 'prerelease' || cadence === undefined) return []
  return [{ name, label: match.label, cadenceMonths: cadence.months, pauseDuring: pauseDuring ?? null }]
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

function maintenanceOf(
  named: readonly (readonly [string, StreamEntry])[],
  final: string,
): SeriesPlan['maintenance'] {
  const found = named.find(([, stream]) => stream.of === final)
  if (found === undefined) return null
  const [name, { cadence, offset }] = found
  return cadence === undefined
    ? null
    : { name, cadenceMonths: cadence.months, offsetMonths: offset ?? cadence.months }
}
