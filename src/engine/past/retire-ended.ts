import type { ArchivedPackage, RetiredStream } from '../../ports/rollout-archive.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { packRollouts } from './pack-rollouts.ts'

/** Runs of canaries tell how flaky they are, and count against a month's budget, for so long. */
const canariesCountMs = 90 * 24 * 60 * 60 * 1000

/** Packages that share a transaction and a turn, so that a command behind them hardly waits. */
const packagesPerTurn = 50

type Core = Pick<EngineCore, 'parts' | 'memory' | 'cold' | 'broken' | 'turns'>

/**
 * Packs rollouts that have ended and of which nothing more is wanted, in memory and in storage. Resolves to how
 * many: the next start reads them without their events.
 */
export async function retireEnded(core: Core): Promise<number> {
  if (core.parts.archive === null) return 0
  const due = core.memory.awake().filter((state) => mayRetire(core, state))
  const packages = [...new Set(due.flatMap(packagesOf))]
  const ids = new Set(due.map(({ id }) => id))
  for (let start = 0; start < packages.length; start += packagesPerTurn) {
    const some = packages.slice(start, start + packagesPerTurn)
    await core.turns(() => retireSome(core, some, ids))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return due.length
}

async function retireSome(
  core: Core,
  packages: readonly PackageId[],
  due: ReadonlySet<RolloutId>,
): Promise<void> {
  const { archive } = core.parts
  if (archive === null) return
  // Asked again in the turn: a command may have come in between.
  const going = new Map(
    packages
      .flatMap((id) => core.memory.rolloutsOf(id))
      .filter((state) => due.has(state.id) && mayRetire(core, state))
      .map((state) => [state.id, state]),
  )
  // A rollout of several packages has to be in the pack of each.
  const all = [...new Set([...going.values()].flatMap(packagesOf))]
  const entries = all.map((id) => {
    const rollouts = [...core.memory.rolloutsOf(id)].reverse()
    return archived(
      id,
      rollouts.filter((state) => going.has(state.id) || core.cold.has(state.id)),
    )
  })
  if (entries.length === 0) return
  const streams = [...going.values()].map(({ id: stream, version }): RetiredStream => ({ stream, version }))
  await archive.retire(entries, streams)
  core.memory.retire(entries, [...going.keys()])
}

function archived(id: PackageId, states: readonly RolloutState[]): ArchivedPackage {
  const rollouts = states.flatMap(({ id: rollout, end, reservedAt }) =>
    end === null ? [] : [{ id: rollout, end: end.kind, reservedAt }],
  )
  return { package: id, rollouts, body: packRollouts(states) }
}

function mayRetire({ parts, broken }: Core, state: RolloutState): boolean {
  const { end } = state
  if (end === null || state.searching.length > 0 || broken.has(state.id)) return false
  const age = parts.clock.now() - end.at
  // Its last words may still have to be said.
  if (parts.effector !== null && age < parts.settings.sweepEndedMs) return false
  return Object.keys(state.canaries).length === 0 || age > canariesCountMs
}

function packagesOf({ members }: RolloutState): readonly PackageId[] {
  return members.map(({ candidate }) => packageIdOf(candidate))
}
