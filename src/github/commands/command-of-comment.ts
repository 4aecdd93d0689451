import type { Command, CommandBody } from '../../rollout/deciding/command.ts'
import { commentTag } from '../../rollout/deciding/comment-reason.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { showValue } from '../../versions/problem.ts'
import type { CommentAction } from './comment-command.ts'

export type Translated =
  | { readonly ok: true; readonly command: CommandBody }
  | { readonly ok: false; readonly message: string }

/** A canary as people write it: the label they see, its repository unless private, or its id. */
function findCanary(written: string, state: RolloutState, explanation: Explanation): string | null {
  const wanted = written.toLowerCase()
  const shown = explanation.canaries.find((canary) => canary.label.toLowerCase() === wanted)
  if (shown !== undefined) return shown.id
  const entries = Object.values(state.canaries).map((canary) => canary.entry)
  const found = entries.find(
    (entry) => entry.id === wanted || (!entry.private && entry.repo.toLowerCase() === wanted),
  )
  return found?.id ?? null
}

/** A comment's command as a command of the heart, which decides whether it may be done. */
export function toRolloutCommand(
  action: Exclude<CommentAction, { word: 'restart' }>,
  state: RolloutState,
  explanation: Explanation,
): Translated {
  switch (action.word) {
    case 'approve':
    case 'pause':
    case 'resume':
    case 'urgent':
    case 'abandon':
    case 'block':
    case 'unblock':
      return { ok: true, command: { type: action.word } }
    case 'rollback':
      // The engine fills in what it knows of baselines and newer releases.
      return { ok: true, command: { type: 'rollBack', installable: true, newerCompleted: null } }
    case 'catch-up':
      return { ok: true, command: { type: 'catchUp' } }
    case 'stop':
      return { ok: true, command: { type: 'lower', to: 0 } }
    case 'lower':
      return { ok: true, command: { type: 'lower', to: action.to } }
    case 'advance':
      return { ok: true, command: { type: 'advance', to: action.to, files: [] } }
    case 'dismiss':
      return { ok: true, command: { type: 'dismiss', code: action.code } }
    case 'hold':
      return { ok: true, command: { type: 'hold', durationMs: action.durationMs } }
    case 'retry':
    case 'waive': {
      const canary = findCanary(action.canary, state, explanation)
      if (canary !== null) return { ok: true, command: canaryCommand(action, canary) }
      const labels = explanation.canaries.slice(0, 10).map((entry) => entry.label)
      const expected = labels.length === 0 ? 'no canary: the roster is empty' : `one of ${labels.join(', ')}`
      return { ok: false, message: `canary: got ${showValue(action.canary)}, expected ${expected}` }
    }
  }
}

/** What lies between baseline and candidate, the engine knows. */
function canaryCommand(
  action: CommentAction & { readonly word: 'retry' | 'waive' },
  canary: string,
): CommandBody {
  if (action.word === 'waive') return { type: 'waive', canary }
  return action.bisect ? { type: 'bisectCanary', canary, between: [] } : { type: 'retryCanary', canary }
}

/** True when a comment's command was carried out before: the process died between doing it and saying so. */
export function alreadyDone(state: RolloutState, commentId: number, actor: Command['actor']): boolean {
  const tag = commentTag(commentId)
  return state.transitions.some(
    (transition) =>
      transition.reason.endsWith(tag) &&
      transition.actor.kind === actor.kind &&
      'login' in transition.actor &&
      'login' in actor &&
      transition.actor.login === actor.login,
  )
}
