import type { Clock } from '../../ports/clock.ts'

export interface SteadyClockParts {
  /** What the machine says that it is, integer ms since the epoch. */
  readonly wall: () => number
  /** Milliseconds that passed since some moment; only ever goes on. */
  readonly monotonic: () => number
  /** What the time is to begin with, integer ms; absent: what the machine says. */
  readonly begin?: number
  /** Told once for each jump, with its size in ms: ahead is positive. */
  readonly jumped: (byMs: number) => void
}

/** So far ahead the machine's clock is believed at once: it was set right, or a laptop slept for a moment. */
const believedMs = 15 * 60_000
/** What is further ahead is made up for by so much of the time that passes. */
const slew = 0.01

/**
 * A clock that never runs backwards and does not jump: a machine whose clock is an hour ahead must not end a bake an
 * hour early. While the machine's clock is behind what was said before, time runs at half its pace until it is met; a
 * clock that is further ahead than a quarter of an hour is met slowly. So a bake ends late rather than early.
 */
export function createSteadyClock({ wall, monotonic, begin, jumped }: SteadyClockParts): Clock {
  let said = begin ?? wall()
  let at = monotonic()
  let astray = false

  return {
    now() {
      const [given, moment] = [wall(), monotonic()]
      const passed = Math.max(0, moment - at)
      const ahead = given - (said + passed)
      const isAstray = ahead > believedMs || ahead < -believedMs
      if (isAstray && !astray) jumped(ahead)
      astray = isAstray
      if (ahead > believedMs) said += passed * (1 + slew)
      else if (given < said) said += passed / 2
      else said = given
      at = moment
      return Math.floor(said)
    },
  }
}
