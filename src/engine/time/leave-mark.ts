import { isLive } from '../../rollout/history/phase.ts'
import type { EngineCore } from '../core/engine-core.ts'

/** Far below what the next process believes without a second clock. */
const everyMs = 60_000

/**
 * Leaves to the next process when rollouts were last looked at. Not before every live one has in its history for how
 * long nobody looked before: else a process that dies early would have made that time count.
 */
export function createMarker(
  core: Pick<EngineCore, 'parts' | 'memory' | 'unwatched' | 'broken'>,
): () => Promise<void> {
  let left = Number.NEGATIVE_INFINITY
  return async () => {
    const { marks = null, monotonic, clock } = core.parts
    if (marks === null || monotonic === undefined) return
    const { span } = core.unwatched
    if (span !== null) {
      const isKnown = core.memory
        .open()
        .every((state) => !isLive(state) || core.broken.has(state.id) || state.watchedFrom >= span.to)
      if (!isKnown) return
      core.unwatched.span = null
    }
    const at = clock.now()
    if (at - left < everyMs) return
    await marks.write({ at, lasting: await marks.lasting() })
    left = at
  }
}
