import { dateOfTime } from '../calendar/calendar-date.ts'
import type { PublishedRelease } from '../calendar/series-plan.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import { rolloutOf } from '../rollout/starting/line-history.ts'
import type { PackageRecord, VersionRecord } from './package-record.ts'

/**
 * What of a package is out, and since which day: when its rollout began, without one when its first file came. What
 * only waits is not out. `streamOf` names the stream of a version; null: none.
 */
export function publishedReleases(
  pkg: Pick<PackageRecord, 'id' | 'versions'>,
  rollouts: readonly RolloutState[],
  streamOf: (version: string) => string | null,
): readonly PublishedRelease[] {
  return Object.values(pkg.versions).flatMap((record) => {
    const { version } = record
    const id = `${pkg.id}@${version}`
    const at = beganAt(record, rolloutOf(rollouts, id), firstStart(rollouts, id))
    if (at === null) return []
    return [
      {
        version,
        date: dateOfTime(at),
        stream: streamOf(version),
        takenBack: isTakenBack(record, rollouts, id),
      },
    ]
  })
}

function beganAt(
  { files }: VersionRecord,
  state: RolloutState | null,
  started: number | null,
): number | null {
  const [first] = files.map(({ uploadedAt }) => uploadedAt).sort((a, b) => a - b)
  if (first === undefined) return null
  return state === null ? first : started
}

/** A restart does not make a release newer. */
function firstStart(rollouts: readonly RolloutState[], id: string): number | null {
  const times = rollouts.flatMap(({ members, startedAt }) =>
    startedAt !== null && members.some(({ candidate }) => candidate === id) ? [startedAt] : [],
  )
  return times.length === 0 ? null : Math.min(...times)
}

function isTakenBack(record: VersionRecord, rollouts: readonly RolloutState[], id: string): boolean {
  const end = rolloutOf(rollouts, id)?.end?.kind
  return (
    record.withdrawn !== null ||
    record.blocked !== undefined ||
    end === 'rolled-back' ||
    end === 'abandoned' ||
    rollouts.some(({ blocked }) => blocked.includes(id))
  )
}
