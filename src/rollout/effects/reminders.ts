import type { Explanation } from '../explaining/explanation.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import type { Effect } from './effect.ts'

const WEEK_MS = 7 * 86_400_000

/**
 * One reminder for each whole week that a rollout stands still and waits for a person: nothing is given up by time, so
 * somebody has to hear of it again. Its key names the week, so that it comes once, also after a restart, and one for
 * the weeks that nobody was there to tell.
 */
export function reminders(state: RolloutState, now: number, explanation: Explanation): readonly Effect[] {
  const since = isLive(state) ? standsSince(state, explanation) : null
  if (since === null) return []
  const weeks = Math.floor((now - since) / WEEK_MS)
  if (weeks < 1) return []
  const key = `${state.id}/reminder/${since}/${weeks}`
  return [{ kind: 'reminder', mode: 'once', key, rollout: state.id, weeks }]
}

/** Since when nothing happens by itself any more; null while time, or a release that is ahead, decides. */
function standsSince(state: LiveRollout, { next, gates }: Explanation): number | null {
  if (state.pausedSince !== null) return state.pausedSince
  if (next.at !== null) return null
  if (state.heldSince !== null) return state.heldSince
  const isUndecided = gates.some(({ answer, until }) => answer === 'wait' && until === null)
  return isUndecided && state.overtaken === null ? state.progressAt : null
}
