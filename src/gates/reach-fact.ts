/** Beside the stated percent: whether about as many got the candidate, under half, over twice, or as good as nobody. */
export type Reach = 'as-stated' | 'under-half' | 'over-twice' | 'nobody'

/** What was counted at one percent, when it began to say something else than before. */
export interface ReachFact {
  /** The share that was stated, 0..10000. */
  readonly basisPoints: number
  readonly reach: Reach
  /** Requests without a pin in the last day, and how many of them got the candidate. */
  readonly requests: number
  readonly got: number
  /** Integer ms. */
  readonly at: number
}

/** With fewer in sight, chance alone makes twice or half as many. */
const leastExpected = 20

/** What counts say of a stated share; null while there are too few of them. */
export function reachOf(basisPoints: number, requests: number, got: number): Reach | null {
  const expected = (requests * basisPoints) / 10_000
  if (basisPoints === 0 || Math.max(expected, got) < leastExpected) return null
  if (got < expected / 10) return 'nobody'
  if (got < expected / 2) return 'under-half'
  return got > expected * 2 ? 'over-twice' : 'as-stated'
}
