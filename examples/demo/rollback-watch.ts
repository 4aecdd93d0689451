import { historyOf, npmLatest, rolloutOf } from './index-client.ts'
import { pause } from './processes.ts'

export interface RollbackTime {
  /** From the moment the deciding result was recorded to the first answer without the version. */
  readonly milliseconds: number
  /** What the index said last before, and first after, to a user in the early group. */
  readonly before: string
  readonly after: string
}

const everyMs = 3

/**
 * Asks the index again and again as a user of the early group, who sees the candidate from stage 0 on, and
 * notes when the first answer without it arrived. Call it when the candidate is there; `stop` ends it, then
 * with null.
 */
export async function watchRollback(
  base: string,
  name: string,
  version: string,
  stop: { stopped: boolean },
): Promise<RollbackTime | null> {
  const view = '/as/early-bird'
  let before = ''
  while (!stop.stopped) {
    const latest = await npmLatest(base, view, name)
    const at = Date.now()
    if (before === version && latest !== version) {
      const rollout = await rolloutOf(base, `npm:${name}@${version}`)
      const events = rollout ? await historyOf(base, rollout.id) : []
      const end = events.findIndex((event) => event.type === 'rolled-back')
      const result = events.slice(0, end).findLast((event) => event.type === 'result-recorded')
      return result ? { milliseconds: at - result.at, before, after: latest } : null
    }
    before = latest
    await pause(everyMs)
  }
  return null
}
