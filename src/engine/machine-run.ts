import { createHash } from 'node:crypto'
import { base32 } from '../cohort/base32.ts'
import { bucketOf, inCohort } from '../cohort/bucket.ts'
import { countedRuns } from '../gates/statistics/observations.ts'
import type { RolloutId } from '../rollout/event.ts'
import { exposureKey } from '../rollout/join-evidence.ts'
import { basisPointsOf, groupKeysOf } from '../rollout/phase.ts'
import { ownEntry } from '../versions/own-entry.ts'
import type { EngineOutcome, Who } from './engine.ts'
import type { EngineCore } from './engine-core.ts'
import { runCommands } from './run-command.ts'

/** One test on one machine of a fleet, vouched for by whoever operates the package. */
export interface MachineRun {
  /** The machine's cohort key; stored only as a keyed hash. */
  readonly key: string
  readonly failed: boolean
}

/**
 * Counts a machine's test as an ordinary run under the arm that its key was assigned to, whatever it has
 * installed. Like a busy repository, a machine that reports often has one vote.
 */
export async function recordMachineRun(
  core: EngineCore,
  id: RolloutId,
  { key, failed }: MachineRun,
  who: Who,
): Promise<EngineOutcome> {
  const state = core.memory.get(id)
  if (state === null) return runCommands(core, id, [], who)
  const basisPoints = basisPointsOf(state)
  const isChosen = groupKeysOf(state).has(key)
  const bucket = bucketOf((text) => createHash('sha256').update(text).digest(), state.salt, key)
  const arm = isChosen || inCohort(bucket, basisPoints) ? ('candidate' as const) : ('baseline' as const)
  const cluster = `m-${base32(core.hmac(`machine v1\0${key}`))}`
  const before = ownEntry(state.exposures, exposureKey({ cluster, basisPoints, arm }))
  if (before !== undefined && before.runs >= countedRuns) return { ok: true, state, changed: false }
  const fact = {
    ...{ cluster, arm, basisPoints, drawn: !isChosen },
    runs: (before?.runs ?? 0) + 1,
    failures: (before?.failures ?? 0) + (failed ? 1 : 0),
    since: before?.since ?? core.parts.clock.now(),
  }
  return runCommands(core, id, [{ type: 'recordExposure', fact }], who)
}
