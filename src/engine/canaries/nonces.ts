import { firstTries } from '../../gates/canaries/bisect.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { type Hmac, nonceFor } from '../../rollout/history/nonce.ts'
import type { RolloutMemory } from '../core/rollout-memory.ts'

export interface CanaryTry {
  readonly canary: string
  readonly try: number
}

/** Names and finds the secret word of one try of one canary. */
export interface Nonces {
  nonceOf(rollout: RolloutId, canary: string, tryNumber: number): string
  /** The canary and try behind a nonce; null for a word that this server never gave out for the rollout. */
  canaryOfNonce(rollout: RolloutId, nonce: string): CanaryTry | null
}

interface Known {
  readonly byNonce: Map<string, CanaryTry>
  /** By canary: tries up to here are in the map. */
  readonly upTo: Map<string, number>
}

/** Tries ahead of the newest known one that already have a nonce: the next may be fetched before it is stored. */
const triesAhead = 1

export function createNonces(hmac: Hmac, memory: Pick<RolloutMemory, 'get'>): Nonces {
  const rollouts = new Map<RolloutId, Known>()
  const nonceOf: Nonces['nonceOf'] = (rollout, canary, number) => nonceFor(hmac, rollout, canary, number)

  function knownOf(rollout: RolloutId): Known | null {
    const state = memory.get(rollout)
    if (state === null) return null
    const known = rollouts.get(rollout) ?? { byNonce: new Map(), upTo: new Map() }
    rollouts.set(rollout, known)
    for (const [canary, facts] of Object.entries(state.canaries)) {
      const newest = Math.max(facts.firstTry - 1, ...Object.keys(facts.tries).map(Number))
      for (let number = (known.upTo.get(canary) ?? 0) + 1; number <= newest + triesAhead; number += 1) {
        known.byNonce.set(nonceOf(rollout, canary, number), { canary, try: number })
        known.upTo.set(canary, number)
      }
      for (const number of searchTries(facts)) {
        known.byNonce.set(nonceOf(rollout, canary, number), { canary, try: number })
      }
    }
    return known
  }

  return {
    nonceOf,
    canaryOfNonce: (rollout, nonce) =>
      rollouts.get(rollout)?.byNonce.get(nonce) ?? knownOf(rollout)?.byNonce.get(nonce) ?? null,
  }
}

/** Tries of the newest search that there are, and for each suspect the one that may come next. */
function searchTries({ bisect }: CanaryFacts): readonly number[] {
  if (bisect === undefined) return []
  const known = Object.keys(bisect.tries).map(Number)
  return [...firstTries(bisect), ...known, ...known.map((number) => number + triesAhead)]
}
