import type { RolloutId } from '../../rollout/history/event.ts'
import { appendDecided, type Decided } from '../core/append-decided.ts'
import { decideOne } from '../core/decide-one.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { messageOf } from '../core/log.ts'
import { runCommands } from '../core/run-command.ts'
import { tellSiblings } from '../core/tell-siblings.ts'

/** Rollouts whose ticks share a transaction: few enough that a report behind them hardly waits. */
const rolloutsPerAppend = 50

const system = { actor: { kind: 'system' }, reason: '' } as const
const tick = { type: 'tick', freeze: null, files: [] } as const

/**
 * Ticks many rollouts. When stages end for thousands at once, one flush each would take minutes on a disk, so
 * some share one append; where that fails, each of them goes alone and fails alone.
 */
export async function tickRollouts(core: EngineCore, ids: readonly RolloutId[]): Promise<void> {
  for (let start = 0; start < ids.length; start += rolloutsPerAppend) {
    const some = ids.slice(start, start + rolloutsPerAppend)
    if (some.length > 1 && (await tickTogether(core, some))) continue
    for (const id of some) await tickAlone(core, id)
  }
}

/** False when nothing was stored. */
async function tickTogether(core: EngineCore, ids: readonly RolloutId[]): Promise<boolean> {
  try {
    return await core.turns(async () => {
      const decided: Decided[] = []
      for (const id of ids) {
        const state = core.memory.get(id)
        if (state === null || core.broken.has(id) || core.unwritten.has(id)) continue
        const decision = await decideOne(core, state, tick, system, core.parts.clock.now())
        if (!decision.ok) return false
        if (decision.events.length > 0) decided.push({ id, state, events: decision.events })
      }
      if (decided.length === 0) return true
      if (!(await appendDecided(core, decided, []))) return false
      for (const { id, events } of decided) await tellSiblings(core, id, events)
      return true
    })
  } catch (error) {
    core.parts.log.warn('ticks that share an append failed, each goes alone', { why: messageOf(error) })
    return false
  }
}

async function tickAlone(core: EngineCore, id: RolloutId): Promise<void> {
  try {
    const outcome = await runCommands(core, id, [tick], system)
    if (!outcome.ok) core.parts.log.error('a tick was refused', { rollout: id, why: outcome.refusal.message })
  } catch (error) {
    core.parts.log.error('a tick failed; tried again at the next', { rollout: id, why: messageOf(error) })
  }
}
