import { createHash } from 'node:crypto'
import { bucketOf } from '../../cohort/bucket.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import { closesAt, countedRuns } from '../../gates/statistics/observations.ts'
import { exposureKey } from '../../rollout/history/join-exposure.ts'
import { basisPointsOf, groupKeysOf, groupsOf } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'

/** A run of whoever holds a cohort key. */
export interface KeyedRun {
  readonly key: string
  /** The keyed hash under which it is counted. */
  readonly cluster: string
  /** Null: it is about to run, and has no outcome yet. */
  readonly failed: boolean | null
  /** Whether it is counted without a vote. */
  readonly young: boolean
  /** The group that it names as its own. */
  readonly ring?: string | null
}

/**
 * The counts of a key at the present percent with one run more, under the arm that the key is assigned to, whatever
 * was installed. Null where they are closed: runs after that say nothing new about it.
 */
export function countRun(state: RolloutState, run: KeyedRun, now: number): ExposureFact | null {
  const basisPoints = basisPointsOf(state)
  const ring = run.ring != null && groupsOf(state).has(run.ring) ? run.ring : null
  const drawn = ring === null && !groupKeysOf(state).has(run.key)
  const bucket = bucketOf((text) => createHash('sha256').update(text).digest(), state.salt, run.key)
  const place = {
    cluster: run.cluster,
    basisPoints,
    arm: !drawn || bucket < basisPoints ? ('candidate' as const) : ('baseline' as const),
  }
  const before = ownEntry(state.exposures, exposureKey(place))
  if (before !== undefined && before.runs > 0 && (before.runs >= countedRuns || now >= closesAt(before)))
    return null
  return {
    ...place,
    drawn,
    ...(run.young && { young: true }),
    ...(ring !== null && { ring }),
    runs: (before?.runs ?? 0) + Number(run.failed !== null),
    failures: (before?.failures ?? 0) + Number(run.failed === true),
    since: before === undefined || before.runs === 0 ? now : before.since,
  }
}
