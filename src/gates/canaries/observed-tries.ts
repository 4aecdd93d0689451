import type { CanaryFacts, TryFacts } from '../evidence.ts'
import { triesOfRound } from './judge-tries.ts'

/**
 * The tries of a canary that is only observed. Its ordinary runs are kept as legs, one for each workflow and commit
 * (`ci.yml@0123456789ab`); one that ran with both versions is a try like any other, the others say nothing. They come
 * in the order in which they became complete.
 */
export function observedTries(canary: CanaryFacts): readonly TryFacts[] {
  const pairs = triesOfRound(canary).flatMap(({ legs }) =>
    Object.entries(legs).flatMap(([leg, { candidate, baseline }]) => {
      if (candidate === undefined || baseline === undefined) return []
      return [{ leg, candidate, baseline, at: Math.max(candidate.observedAt, baseline.observedAt) }]
    }),
  )
  return pairs
    .sort((left, right) => left.at - right.at || (left.leg < right.leg ? -1 : 1))
    .map(({ candidate, baseline }, index) => ({
      number: canary.firstTry + index,
      dispatches: {},
      ended: true,
      legs: { default: { candidate, baseline } },
    }))
}

/** Why there is nothing to compare yet, in words. */
export function sayUnpaired(canary: CanaryFacts): string {
  const legs = triesOfRound(canary).flatMap((facts) => Object.values(facts.legs))
  if (legs.length === 0) return 'none of its runs installed either version'
  const count = (arm: 'candidate' | 'baseline') => legs.filter((arms) => arms[arm] !== undefined).length
  return `no commit ran with both versions; ${count('candidate')} ran with the candidate, ${count('baseline')} with the baseline`
}
