import type { ReachFact } from '../../gates/reach-fact.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canonicalJson } from './canonical-json.ts'
import type { LikenessFact } from './likeness.ts'
import type { RolloutState } from './state.ts'

/** A join like those of evidence: commutative, associative, idempotent. */
export function joinLikeness(state: RolloutState, fact: LikenessFact): RolloutState {
  const present = ownEntry(state.likenesses, fact.older)
  if (present !== undefined && order(present, fact) >= 0) return state
  return { ...state, likenesses: { ...state.likenesses, [fact.older]: fact } }
}

function order(left: LikenessFact, right: LikenessFact): number {
  const [one, other] = [canonicalJson(left), canonicalJson(right)]
  return (
    left.observedAt - right.observedAt ||
    Number(right.alike) - Number(left.alike) ||
    (one < other ? -1 : Number(one > other))
  )
}

/** The later count beside the stated percent stays. */
export function joinReach(state: RolloutState, fact: ReachFact): RolloutState {
  const present = state.reach
  return present !== null && orderReaches(present, fact) >= 0 ? state : { ...state, reach: fact }
}

function orderReaches(left: ReachFact, right: ReachFact): number {
  const [one, other] = [canonicalJson(left), canonicalJson(right)]
  return left.at - right.at || (one < other ? -1 : Number(one > other))
}
