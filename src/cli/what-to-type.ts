import type { ApiFailure } from '../registries/slipway-index/api-request.ts'
import { plain } from './paint.ts'

/** A command as it was typed. */
export interface Typed {
  /** Without the program's name and without options, such as `advance ro-…`. */
  readonly words: string
  readonly as?: string | undefined
  readonly reason?: string | undefined
}

/**
 * What to type instead of what was refused; null where the refusal says it all. Nothing here is guessed: each line
 * answers one field or status of the server's refusal, and keeps what was given otherwise.
 */
export function whatToType({ kind, status, field }: ApiFailure, typed: Typed | null): string | null {
  if (status === 401) return 'give --token or set SLIPWAY_TOKEN'
  if (kind !== 'refused') return null
  if (field === 'scope' || field === 'package')
    return 'slipway token create --scopes … --packages … makes one that may, with a token that may'
  if (typed === null) return null
  const [action = '', id = ''] = typed.words.split(' ')
  if (field === 'reason' || field === 'as') return again(typed, field)
  if (status === 404 && field === 'id') return 'slipway list --all shows the rollouts that are there'
  if (field === 'canary') return `slipway why ${id} shows its canaries`
  if (field === 'to' || field === 'stage') return `slipway why ${id} shows its stages`
  if (status === 410 && field === 'rollout' && action !== 'restart')
    return `slipway restart ${id} --reason "why" starts its releases again; slipway status ${id} says how it ended`
  return null
}

/** The same command with what it lacks. */
function again({ words, as, reason }: Typed, lacks: 'as' | 'reason'): string {
  const person = lacks === 'as' ? '<person>' : as
  const why = lacks === 'reason' || reason === undefined || reason.trim() === '' ? 'why' : reason
  return `slipway ${words}${person === undefined ? '' : ` --as ${plain(person)}`} --reason "${plain(why)}"`
}
