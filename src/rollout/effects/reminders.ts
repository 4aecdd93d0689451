import type { Explanation } from '../explaining/explanation.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import type { Effect } from './effect.ts'

const DAY_MS = 86_400_000
/** A question about the files waits for one answer of one person, so it is asked again sooner. */
const ASKED_AGAIN_DAYS = [1, 3] as const

/**
 * One reminder for each whole week that a rollout stands still and waits for a person, and a day and three days after an
 * unanswered question: nothing is given up by time, so somebody has to hear of it again. Its key names the days, so that
 * it comes once, also after a restart, and one for the time that nobody was there to tell.
 */
export function reminders(state: RolloutState, now: number, explanation: Explanation): readonly Effect[] {
  const since = isLive(state) ? standsSince(state, explanation) : null
  if (since === null) return []
  const days = dueDays(Math.floor((now - since) / DAY_MS), isAsked(explanation))
  if (days === 0) return []
  const key = `${state.id}/reminder/${since}/${days}`
  return [{ kind: 'reminder', mode: 'once', key, rollout: state.id, days }]
}

/** The last of the days after which it is said again; 0 before the first. */
function dueDays(days: number, asked: boolean): number {
  const weeks = Math.floor(days / 7)
  if (weeks > 0) return weeks * 7
  return asked ? (ASKED_AGAIN_DAYS.findLast((one) => days >= one) ?? 0) : 0
}

/** Whether what the files changed waits for an answer. */
const isAsked = ({ gates }: Explanation): boolean =>
  gates.some(({ gate, answer }) => (gate === 'contents' || gate === 'trust') && answer === 'hold')

/** Since when nothing happens by itself any more; null while time, or a release that is ahead, decides. */
function standsSince(state: LiveRollout, { next, gates }: Explanation): number | null {
  if (state.pausedSince !== null) return state.pausedSince
  if (next.at !== null) return null
  if (state.heldSince !== null) return state.heldSince
  const isUndecided = gates.some(({ answer, until }) => answer === 'wait' && until === null)
  return isUndecided && state.overtaken === null ? state.progressAt : null
}
