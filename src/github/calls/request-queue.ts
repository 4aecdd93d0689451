import type { Clock } from '../../ports/clock.ts'
import { limitEndOf } from './forge-failure.ts'

/** Writes come this far apart: 75 a minute, below the 80 that GitHub lets an App make. */
const writeGapMs = 800
/** Of the 500 pieces of content an hour; every write is counted, for GitHub does not say which are none. */
const mostWritesAnHour = 480
const hourMs = 3_600_000
/** Of the 900 points a minute; a read costs 1, a write 5. */
const mostPoints = 850
const windowMs = 60_000
/** Of the 100 requests at the same time that GitHub lets an account make. */
const mostAtOnce = 60
/** Who would have to wait longer is sent back with the time, so that others are not held up. */
const longestWaitMs = 5_000

/** One request before it leaves. `group`: who asks, such as an installation; limits are counted for each. */
export interface Asked {
  readonly group: string
  readonly method: string
  readonly path: string
}

/** The one place through which every request to GitHub goes. */
export interface RequestQueue {
  /**
   * Sends a request when there is room for it. Throws `HeldBack` instead where that is too far away or GitHub has
   * asked for silence: nothing was sent then.
   */
  send<T>(asked: Asked, call: () => Promise<T>): Promise<T>
}

/** Looks like GitHub's own limit to whoever reads failures: it ends at a known time. */
export class HeldBack extends Error {
  readonly status = 429
  readonly response: { readonly headers: Readonly<Record<string, string>> }

  constructor(until: number, now: number) {
    super('held back: the limits of GitHub leave no room now')
    this.response = { headers: { 'retry-after': String(Math.max(1, Math.ceil((until - now) / 1000))) } }
  }
}

interface Group {
  /** Until when GitHub asked for silence. */
  closedUntil: number
  nextWriteAt: number
  /** When its writes of the last hour left, oldest first. */
  readonly writtenAt: number[]
  readonly spent: { readonly at: number; readonly points: number }[]
}

/** When the next write may leave, as far as writes alone are counted. */
function roomToWrite({ writtenAt, nextWriteAt }: Group, now: number): number {
  while ((writtenAt[0] ?? now) <= now - hourMs) writtenAt.shift()
  const [oldest = now] = writtenAt
  return writtenAt.length < mostWritesAnHour ? nextWriteAt : Math.max(nextWriteAt, oldest + hourMs)
}

const sleepReally = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** `paced` false: only what GitHub itself says is obeyed, for a stand-in that has no limits. */
export function createRequestQueue(clock: Clock, paced: boolean, sleep = sleepReally): RequestQueue {
  const groups = new Map<string, Group>()
  const waiting: (() => void)[] = []
  let atOnce = 0

  function groupOf(name: string): Group {
    const known = groups.get(name) ?? { closedUntil: 0, nextWriteAt: 0, writtenAt: [], spent: [] }
    groups.set(name, known)
    return known
  }

  /** Takes a place, or says when there is one. */
  function take(group: Group, isWrite: boolean): number | null {
    const now = clock.now()
    if (group.closedUntil > now) return group.closedUntil
    if (!paced) return null
    while ((group.spent[0]?.at ?? now) <= now - windowMs) group.spent.shift()
    const points = isWrite ? 5 : 1
    const sum = group.spent.reduce((all, one) => all + one.points, points)
    const room = sum <= mostPoints ? now : (group.spent[0]?.at ?? now) + windowMs
    const at = isWrite ? Math.max(room, roomToWrite(group, now)) : room
    if (at > now) return at
    group.spent.push({ at: now, points })
    if (isWrite) {
      group.nextWriteAt = now + writeGapMs
      group.writtenAt.push(now)
    }
    return null
  }

  async function enter(group: Group, isWrite: boolean): Promise<void> {
    const since = clock.now()
    for (let at = take(group, isWrite); at !== null; at = take(group, isWrite)) {
      const now = clock.now()
      if (group.closedUntil > now || at - now + (now - since) > longestWaitMs) throw new HeldBack(at, now)
      await sleep(at - now)
      // A clock that stands still would be waited for without end.
      if (clock.now() === now) throw new HeldBack(at, now)
    }
    if (atOnce >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    atOnce += 1
  }

  return {
    async send({ group: name, method, path }, call) {
      const group = groupOf(name)
      // Asking for a token writes nothing.
      await enter(group, method !== 'GET' && !path.endsWith('/access_tokens'))
      try {
        return await call()
      } catch (error) {
        const end = limitEndOf(error, clock.now())
        if (end !== null) group.closedUntil = Math.max(group.closedUntil, end)
        throw error
      } finally {
        atOnce -= 1
        waiting.shift()?.()
      }
    },
  }
}
