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
  const packages = packagesOf(moved)
  for (const state of core.memory.floored()) {
    const isNeeded = state.floors.some((need) => packages.includes(need.package))
    if (isNeeded && state.id !== id && isLive(state) && !core.broken.has(state.id))
      siblings.set(state.id, state)
  }
  for (const state of siblings.values()) {
    await settle(core, state)
    core.reconcileSoon(state.id)
  }
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
