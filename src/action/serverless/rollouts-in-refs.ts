import { createHash } from 'node:crypto'
import { hmacOf } from '../../engine/core/hashes.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'
import { createReplay } from '../../rollout/history/evolve.ts'
import type { Hmac } from '../../rollout/history/nonce.ts'
import type { RolloutState } from '../../rollout/history/state.ts'

/** What the events of one ref come to. */
export function stateOf(stream: string, events: readonly RecordedEvent[]): RolloutState | null {
  const further = createReplay()
  let state: RolloutState | null = null
  for (const event of events) state = further(stream, state, event)
  return state
}

/**
 * Where the nonces of canaries come from. Nobody has to guess it, and pull canaries work it out by themselves: a
 * report counts because of the repository and run that the API shows it to be from.
 */
export function publicSecret(repositoryId: string): string {
  return createHash('sha256').update(`slipway without a server\0${repositoryId}`).digest('hex')
}

export function publicHmac(repositoryId: string): Hmac {
  return hmacOf(publicSecret(repositoryId))
}
