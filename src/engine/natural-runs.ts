import { base32 } from '../cohort/base32.ts'
import type { CommandBody } from '../rollout/command.ts'
import type { RolloutId } from '../rollout/event.ts'
import type { Hmac } from '../rollout/nonce.ts'
import { isLive, type LiveRollout } from '../rollout/phase.ts'
import { audienceOf } from '../rollout/stream-of.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../versions/release.ts'
import { countRun } from './count-run.ts'
import type { EngineCore } from './engine-core.ts'
import { repositoryKey } from './hashes.ts'
import { observedResult } from './observed-result.ts'
import { runCommands } from './run-command.ts'
import { createTurns } from './turns.ts'

/** An ordinary run of a workflow, already proven by the run's own token. */
export interface NaturalRun {
  readonly repositoryId: string
  readonly runId: number
  readonly runAttempt: number
  /** Path of the workflow's file with its ref, as the token says it. */
  readonly workflowRef: string
  /** The commit that ran, as the token says it; null when it does not. */
  readonly commit: string | null
  readonly outcome: 'success' | 'failure' | 'cancelled'
  /** What the job depends on, whether installing it went well or not. */
  readonly packages: readonly PackageId[]
  readonly installed: readonly ReleaseId[]
}

/** Ordinary runs of repositories as evidence (docs/statistics.md). */
export interface NaturalRuns {
  /** The opaque cohort key of a repository. */
  keyOf(repositoryId: string): string
  /**
   * Counts a run for every live rollout of its packages, and takes it as the answer of an observed canary. Gives in
   * how many rollouts it was recorded. That a run comes once is the caller's to see to.
   */
  record(run: NaturalRun): Promise<number>
}

/** 160 bits name a repository within a rollout. */
const clusterBytes = 20
const system = { actor: { kind: 'system' }, reason: '' } as const

export function createNaturalRuns(core: EngineCore): NaturalRuns {
  // Counts are read, raised and stored: two runs of one repository at once must not both be the second.
  const turns = createTurns()
  const keyOf = (repositoryId: string) => repositoryKey(core.hmac, repositoryId)

  async function recordIn(state: LiveRollout, run: NaturalRun, key: string): Promise<boolean> {
    const now = core.parts.clock.now()
    const bodies: CommandBody[] = []
    // Only who chose a channel sees a pre-release, so the buckets of all others say nothing of it.
    const isShared = audienceOf(state.policy) === ''
    const cluster = clusterOf(core.hmac, state.id, key)
    const fact = isShared ? countRun(state, { key, cluster, failed: run.outcome === 'failure' }, now) : null
    if (fact !== null) bodies.push({ type: 'recordExposure', fact })
    const observed = observedResult(state, run, now)
    if (observed !== null) bodies.push({ type: 'recordResult', fact: observed })
    if (bodies.length === 0) return false
    const outcome = await runCommands(core, state.id, bodies, system)
    // It may have ended in the meantime; then nothing has to be counted.
    if (!outcome.ok) core.parts.log.info('a run was not counted', { why: outcome.refusal.message })
    return outcome.ok && outcome.changed
  }

  return {
    keyOf,
    record: (run) =>
      turns(async () => {
        if (run.outcome === 'cancelled') return 0
        const key = keyOf(run.repositoryId)
        let recorded = 0
        for (const state of rolloutsOf(core, run.packages)) {
          if (await recordIn(state, run, key)) recorded += 1
        }
        return recorded
      }),
  }
}

/** Nobody can tell from it which repository it is, nor that two rollouts met the same one. */
export function clusterOf(hmac: Hmac, rollout: RolloutId, key: string): string {
  return base32(hmac(`cluster v1\0${rollout}\0${key}`).subarray(0, clusterBytes))
}

/** Live rollouts in which one of the packages has something to be compared with. */
function rolloutsOf({ memory, broken }: EngineCore, packages: readonly PackageId[]): readonly LiveRollout[] {
  const found = new Set<LiveRollout>()
  for (const id of new Set(packages)) {
    for (const state of memory.rolloutsOf(id)) {
      const compared = state.members.some(
        ({ candidate, baseline }) => baseline !== null && packageIdOf(candidate) === id,
      )
      if (compared && isLive(state) && !broken.has(state.id)) found.add(state)
    }
  }
  return [...found]
}
