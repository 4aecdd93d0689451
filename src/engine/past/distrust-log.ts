import { isLive } from '../../rollout/history/phase.ts'
import { announce } from '../core/announce.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { withoutExposure } from '../core/load-rollouts.ts'

/**
 * The log lost something, and nobody can tell what: a rollout that is live in it may have been taken back. All
 * that is live is hidden and takes no commands; what has ended stays as it is.
 */
export function distrustLog(core: EngineCore, why: string): void {
  core.distrust.why ??= why
  for (const state of core.memory.open()) {
    if (!isLive(state)) continue
    core.broken.set(state.id, why)
    const hidden = withoutExposure(state, why)
    core.memory.put(hidden)
    announce(core, { state: hidden, events: [] })
  }
}
