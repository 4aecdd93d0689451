import { formatDuration, formatTime } from '../../gates/format-time.ts'
import type { RolloutState, Transition } from '../../rollout/history/state.ts'
import type { CommentAction } from './comment-command.ts'

/** A command that could not be carried out for so long is given up, with an answer. */
export const heardForMs = 24 * 3_600_000
/** GitHub counts seconds, and two clocks differ. */
const slackMs = 5_000

/** The comment that a command was written in. `at`: ms since the epoch, as the forge says. */
export interface CommentTime {
  readonly id: number
  readonly at: number
}

/** The sentence for a command of any kind that waited too long; null while it is heard. */
export function whyGivenUp({ at }: CommentTime, now: number): string | null {
  if (now - at <= heardForMs) return null
  return `It was written ${formatTime(at)} and could not be read or carried out for ${formatDuration(heardForMs)}. comment: got one of ${formatTime(at)}, expected a newer one; write it again if it still holds.`
}

/** The comment that a transition was asked for in; 0 where it was in none. */
const commentOf = ({ reason }: Pick<Transition, 'reason'>): number =>
  Number(/\(comment (\d+)\)$/.exec(reason)?.[1] ?? 0)

/** Whether the last transition of these kinds was asked for, or came, after the comment was written. */
function cameAfter({ transitions }: RolloutState, comment: CommentTime, kinds: readonly string[]): boolean {
  const last = transitions.findLast(({ type }) => kinds.includes(type))
  if (last === undefined) return false
  // What waited with it was done in the order of the comments, however late.
  const asked = commentOf(last)
  return asked > 0 ? asked > comment.id : comment.at + slackMs < last.at
}

/**
 * Why a command came too late for what it meant when it was written, or null. It has the time of its comment: what
 * happened since then it did not know of. Taking back is never too late for that.
 */
export function whyTooLate(action: CommentAction, state: RolloutState, comment: CommentTime): string | null {
  if (action.word === 'rollback') return null
  const written = `comment: got one of ${formatTime(comment.at)}, expected a newer one`
  if (state.transitions.some((transition) => commentOf(transition) > comment.id)) {
    return `A later comment was carried out before this one arrived. ${written}; write it again if it still holds.`
  }
  const isRelative = action.word === 'approve' || (action.word === 'advance' && action.to === null)
  if (isRelative && cameAfter(state, comment, ['started', 'stage-entered'])) {
    return `It was written before the present stage was entered (${formatTime(state.stageEnteredAt)}), so it meant another one. ${written}.`
  }
  // Who stopped it since is not overruled by what was meant before.
  const leavesStop = action.word === 'resume' || action.word === 'advance'
  if (leavesStop && state.pausedSince !== null && cameAfter(state, comment, ['paused', 'lowered'])) {
    return `It was written before the rollout was paused (${formatTime(state.pausedSince)}). ${written}.`
  }
  return null
}
