import { ownEntry } from '../../versions/own-entry.ts'
import type { ReleaseId } from '../../versions/release.ts'
import { canonicalJson } from './canonical-json.ts'
import type { RolloutState } from './state.ts'

/**
 * Whether a candidate is, by its files and by who published it, like an older live release of its line: no finding above
 * `say` between the two, the same publisher, no less proof of where it was built.
 */
export interface LikenessFact {
  readonly older: ReleaseId
  readonly alike: boolean
  /** Why not; empty where it is. */
  readonly because: string
  /** Last writer wins by this time; ties go to what is not alike. */
  readonly observedAt: number
}

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
