import type { ClockMark, LastingTime } from '../../ports/clock-marks.ts'
import type { Unwatched } from '../../rollout/history/event.ts'

/** With what time a process begins. */
export interface BegunTime {
  /** Integer ms since the epoch: what the engine takes the time to be. */
  readonly at: number
  /** Time that may have passed and that only the machine's clock speaks for; null: none. */
  readonly unwatched: Unwatched | null
}

/** So much is believed without a second clock. */
export const believedGapMs = 15 * 60_000

/**
 * Where a process goes on from the one before. A clock that outlives processes tells an outage from a clock that was
 * set; the machine's own is believed then when it says nearly the same. Where no second clock speaks for it, what is
 * more than a quarter of an hour counts for no bake: it ends late rather than early. Time never runs backwards.
 */
export function beginTime(mark: ClockMark | null, lasting: LastingTime | null, wall: number): BegunTime {
  if (mark === null) return { at: wall, unwatched: null }
  const before = mark.lasting
  if (before !== null && lasting?.clock === before.clock && lasting.ms >= before.ms) {
    const expected = mark.at + (lasting.ms - before.ms)
    const isNear = Math.abs(wall - expected) <= believedGapMs
    return { at: isNear ? Math.max(wall, mark.at) : expected, unwatched: null }
  }
  if (wall - mark.at <= believedGapMs) return { at: Math.max(wall, mark.at), unwatched: null }
  return { at: wall, unwatched: { from: mark.at + believedGapMs, to: wall } }
}
