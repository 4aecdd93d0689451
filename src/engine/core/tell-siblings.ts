import type { RolloutEvent, RolloutId } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { movesOthers } from '../../rollout/siblings/moves-others.ts'
import { packagesOf } from '../starting/known-packages.ts'
import { appendDecided, type Decided } from './append-decided.ts'
import { decideOne } from './decide-one.ts'
import type { EngineCore } from './engine-core.ts'
import { newBaselines } from './new-baselines.ts'

const system = { actor: { kind: 'system' }, reason: '' } as const

/**
 * After a rollout has moved, the live ones of its packages, and those that cannot do without it, are ticked and get other
 * baselines where theirs are gone.
 * Their issues name this one, so they are told again. A failure here is made up for by the next tick. Must run in a
 * turn.
 */
export async function tellSiblings(
  core: EngineCore,
  id: RolloutId,
  events: readonly RolloutEvent[],
): Promise<void> {
  const moved = core.memory.get(id)
  if (moved === null || !movesOthers(events)) return
  const siblings = new Map<RolloutId, RolloutState>()
  for (const name of packagesOf(moved)) {
    for (const state of core.memory.rolloutsOf(name)) {
      if (state.id !== id && isLive(state) && !core.broken.has(state.id)) siblings.set(state.id, state)
    }
  }
  const needing = needingOf(core, moved)
  for (const state of [...siblings.values(), ...needing.filter(({ id: other }) => !siblings.has(other))]) {
    await settle(core, state)
    core.reconcileSoon(state.id)
  }
  // What was raised with it may be what others cannot do without, in turn.
  for (const before of needing) {
    const now = core.memory.get(before.id)
    if (now !== null && (now.end !== null || now.stageIndex > before.stageIndex))
      await tellSiblings(core, before.id, [...events])
  }
}

/** The live rollouts that cannot do without a package of this one. */
function needingOf(core: EngineCore, moved: RolloutState): readonly RolloutState[] {
  const packages = packagesOf(moved)
  return core.memory
    .floored()
    .filter((state) => state.id !== moved.id && isLive(state) && !core.broken.has(state.id))
    .filter((state) => state.floors.some((need) => packages.includes(need.package)))
}

/** Other baselines where the recorded ones are gone, then a tick. Must run in a turn. */
export async function settle(core: EngineCore, state: RolloutState): Promise<void> {
  const now = core.parts.clock.now()
  const members = await newBaselines(core, state)
  const rebase = { type: 'rebase', members: members ?? state.members } as const
  for (const body of [
    ...(members === null ? [] : [rebase]),
    { type: 'tick', freeze: null, files: [] } as const,
  ]) {
    const before = core.memory.get(state.id)
    if (before === null) return
    const decided = await decideOne(core, before, body, system, now)
    if (!decided.ok || decided.events.length === 0) continue
    const step: Decided = { id: state.id, state: before, events: decided.events }
    if (!(await appendDecided(core, [step], []))) return
  }
}
