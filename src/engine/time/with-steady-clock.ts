import type { Unwatched } from '../../rollout/history/event.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import { beginTime } from './begin-time.ts'
import { createSteadyClock } from './steady-clock.ts'

/** The time that everything in the engine goes by, taken up where the process before left it. */
export async function withSteadyClock(
  parts: EngineParts,
): Promise<{ readonly parts: EngineParts; readonly unwatched: Unwatched | null }> {
  const { clock, monotonic, marks = null, log } = parts
  if (monotonic === undefined) return { parts, unwatched: null }
  const mark = marks === null ? null : await marks.read()
  const lasting = marks === null ? null : await marks.lasting()
  const { at, unwatched } = beginTime(mark, lasting, clock.now())
  if (unwatched !== null) {
    const { from, to } = unwatched
    log.warn('no second clock says how long no server ran; that time counts for no bake', { from, to })
  }
  const jumped = (byMs: number) =>
    log.warn('the clock of this machine jumped; bakes go on by time that passed', { byMs: Math.round(byMs) })
  const steady = createSteadyClock({ wall: clock.now, monotonic, begin: at, jumped })
  return { parts: { ...parts, clock: steady }, unwatched }
}
