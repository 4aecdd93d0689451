import type { Change } from './change.ts'
import type { EngineCore } from './engine-core.ts'
import { messageOf } from './log.ts'

/** Tells every listener and asks for a reconcile. A listener that throws must not undo what is stored. */
export function announce(
  core: Pick<EngineCore, 'listeners' | 'reconcileSoon' | 'parts'>,
  change: Change,
): void {
  for (const listener of core.listeners) {
    try {
      listener(change)
    } catch (error) {
      core.parts.log.error('a listener failed', { rollout: change.state.id, why: messageOf(error) })
    }
  }
  core.reconcileSoon(change.state.id)
}
