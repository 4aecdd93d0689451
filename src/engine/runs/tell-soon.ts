import type { RolloutId } from '../../rollout/history/event.ts'
import type { PackageId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { messageOf } from '../core/log.ts'

/** Tells rollouts something, one package or rollout after the other; nobody waits for it. */
export interface SoonTeller {
  soon(ids: readonly (PackageId | RolloutId)[]): void
  /** Tells nothing more; resolves when what is under way is through. */
  close(): Promise<void>
}

/** `what`: what could not be told when it failed, for the log. */
export function createSoonTeller(
  core: Pick<EngineCore, 'parts'>,
  what: string,
  tell: (id: PackageId | RolloutId) => Promise<void>,
): SoonTeller {
  let running = Promise.resolve()
  let closed = false

  async function tellAll(ids: readonly (PackageId | RolloutId)[]): Promise<void> {
    for (const id of ids) {
      if (closed) return
      try {
        await tell(id)
      } catch (error) {
        core.parts.log.error(`${what} could not be told`, { about: id, why: messageOf(error) })
      }
    }
  }

  return {
    soon(ids) {
      running = running.then(() => tellAll(ids))
    },
    async close() {
      closed = true
      await running
    },
  }
}
