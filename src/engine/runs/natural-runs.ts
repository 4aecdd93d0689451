import { base32 } from '../../cohort/base32.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import { canonicalJson } from '../../rollout/history/canonical-json.ts'
import type { ResultFact, RolloutId } from '../../rollout/history/event.ts'
import type { Hmac } from '../../rollout/history/nonce.ts'
import { isLive, type LiveRollout } from '../../rollout/history/phase.ts'
import { audienceOf } from '../../rollout/starting/stream-of.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageId } from '../../versions/release.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { repositoryKey, sha256Hex } from '../core/hashes.ts'
import { runCommands } from '../core/run-command.ts'
import { createTurns } from '../core/turns.ts'
import { countRun } from './count-run.ts'
import type { NaturalRun } from './natural-run.ts'
import { observedResult } from './observed-result.ts'

/** Ordinary runs of repositories as evidence (docs/statistics.md). */
export interface NaturalRuns {
  /** The opaque cohort key of a repository. */
  keyOf(repositoryId: string): string
  /** Notes that a run of a repository asked for its key: from then on the time runs after which it has a vote. */
  meet(repositoryId: string): Promise<void>
  /**
   * Counts a run for every live rollout of its packages, and takes it as the answer of an observed canary. Gives in
   * how many rollouts it was recorded. An attempt of a run counts once; one that a crash kept from being recorded
   * may be told again.
   */
  record(run: NaturalRun): Promise<number>
}

/** How long a run is remembered: longer than GitHub lets one be run again. */
const runKeptMs = 60 * 24 * 60 * 60 * 1000
/** 160 bits name a repository within a rollout. */
const clusterBytes = 20
/** How long before a rollout a repository must have had runs, so that one made for it decides nothing (DESIGN.md 7). */
export const acquaintedMs = 14 * 24 * 60 * 60 * 1000
/** How long a repository without runs is remembered. */
const metKeptMs = 90 * 24 * 60 * 60 * 1000
const system = { actor: { kind: 'system' }, reason: '' } as const

export function createNaturalRuns(core: EngineCore): NaturalRuns {
  // Counts are read, raised and stored: two runs of one repository at once must not both be the second.
  const turns = createTurns()
  const keyOf = (repositoryId: string) => repositoryKey(core.hmac, repositoryId)

  /** When a repository first had a run under its key, to its last 90 days without any. */
  const metAt = (key: string): Promise<number> => {
    const word = `met/${base32(core.hmac(`met v1\0${key}`).subarray(0, clusterBytes))}`
    return core.parts.access.firstTold(word, core.parts.clock.now() + metKeptMs)
  }

  function planFor(state: LiveRollout, run: NaturalRun, key: string, met: number): Plan {
    const now = core.parts.clock.now()
    // Only who chose a channel sees a pre-release, so the buckets of all others say nothing of it.
    const isShared = audienceOf(state.policy) === ''
    const cluster = clusterOf(core.hmac, state.id, key)
    const young = isYoung(state, run.repositoryId, met)
    const counted = isShared
      ? countRun(state, { key, cluster, failed: run.outcome === 'failure', young }, now)
      : null
    return { rollout: state.id, counted, observed: observedResult(state, run, now) }
  }

  async function record({ rollout, counted, observed }: Plan): Promise<boolean> {
    const bodies: CommandBody[] = []
    if (counted !== null) bodies.push({ type: 'recordExposure', fact: counted })
    if (observed !== null) bodies.push({ type: 'recordResult', fact: observed })
    if (bodies.length === 0) return false
    const outcome = await runCommands(core, rollout, bodies, system)
    // It may have ended in the meantime; then nothing has to be counted.
    if (!outcome.ok) core.parts.log.info('a run was not counted', { why: outcome.refusal.message })
    return outcome.ok && outcome.changed
  }

  return {
    keyOf,
    async meet(repositoryId) {
      await metAt(keyOf(repositoryId))
    },
    record: (run) =>
      turns(async () => {
        const key = keyOf(run.repositoryId)
        const met = await metAt(key)
        const counts = run.outcome !== 'cancelled'
        const plans = counts
          ? rolloutsOf(core, run.packages).map((state) => planFor(state, run, key, met))
          : []
        const { runId, runAttempt } = run
        const word = `run/${run.repositoryId}/${runId}/${runAttempt}`
        const expiresAt = core.parts.clock.now() + runKeptMs
        if (!(await core.parts.access.useOnce(word, sealOf(run, plans), expiresAt))) return 0
        let recorded = 0
        for (const plan of plans) if (await record(plan)) recorded += 1
        return recorded
      }),
  }
}

/** Whether a repository has no vote yet: nobody admitted it, and it came later than two weeks before the rollout. */
function isYoung({ canaries, startedAt }: LiveRollout, repositoryId: string, met: number): boolean {
  const admission = ownEntry(canaries, repositoryId)?.entry.admission ?? 'none'
  return admission === 'none' && (startedAt === null || met > startedAt - acquaintedMs)
}

/** What a run adds to one rollout. */
interface Plan {
  readonly rollout: RolloutId
  readonly counted: ExposureFact | null
  readonly observed: ResultFact | null
}

/**
 * Says what a run is about to add, counts included: once they are raised, the same run told again would add
 * something else. So it is taken again exactly where a crash lost it.
 */
function sealOf({ outcome }: NaturalRun, plans: readonly Plan[]): string {
  const adds = plans.map(({ rollout, counted, observed }) => {
    const counts = counted && [counted.basisPoints, counted.arm, counted.runs, counted.failures]
    return [rollout, counts, observed?.result.outcome ?? null]
  })
  return sha256Hex(canonicalJson([outcome, adds]))
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
