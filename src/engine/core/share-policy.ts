import type { Policy } from '../../gates/policy.ts'

/** Gives back an event or a state with its policy replaced by an equal one that is in memory already. */
export type SharePolicy = <T extends object>(value: T) => T

/** Most rollouts run under one of a few policies; ten thousand copies of them would be most of the memory. */
export function createSharePolicy(): SharePolicy {
  const policies = new Map<string, Policy>()
  return (value) => {
    if (!hasPolicy(value)) return value
    const text = JSON.stringify(value.policy)
    const known = policies.get(text)
    if (known === undefined) policies.set(text, value.policy)
    return known === undefined ? value : { ...value, policy: known }
  }
}

function hasPolicy<T extends object>(value: T): value is T & { readonly policy: Policy } {
  return 'policy' in value && value.policy !== null
}
