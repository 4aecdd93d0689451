import type { Policy } from '../../gates/policy.ts'
import type { FoldedEvent } from '../../rollout/history/evolve.ts'

/** Gives back the event with its policy replaced by an equal one that is in memory already. */
export type SharePolicy = <E extends FoldedEvent>(event: E) => E

/** Most rollouts run under one of a few policies; ten thousand copies of them would be most of the memory. */
export function createSharePolicy(): SharePolicy {
  const policies = new Map<string, Policy>()
  return (event) => {
    if (!('policy' in event) || event.policy === null) return event
    const text = JSON.stringify(event.policy)
    const known = policies.get(text)
    if (known === undefined) policies.set(text, event.policy)
    return known === undefined ? event : { ...event, policy: known }
  }
}
