import type { Exposure } from './exposure.ts'
import { type NestedShares, nestedShares } from './nested-shares.ts'
import { type BucketOf, seenBy } from './seen-by.ts'
import { showing, type ViewDelta } from './view-delta.ts'

/** What was found so far. */
interface CohortDeltas {
  readonly nested: NestedShares | null
  readonly byRank: ViewDelta[]
  readonly bySeen: Map<string, ViewDelta>
}

const cohortDeltas = new WeakMap<readonly Exposure[], CohortDeltas>()

/** Under many salts or with groups there may be more than one for each live release. */
const mostKept = 1000

/**
 * What a key sees of the finals that are rolling out. Few things are seen by many keys, so each is put together once: k
 * live releases under one salt make k + 1. Kept for as long as `finals` is.
 */
export function cohortDelta(finals: readonly Exposure[], key: string, bucketOf: BucketOf): ViewDelta {
  let known = cohortDeltas.get(finals)
  if (known === undefined) {
    known = { nested: nestedShares(finals), byRank: [], bySeen: new Map() }
    cohortDeltas.set(finals, known)
  }
  const { nested, byRank, bySeen } = known
  if (nested === null) return deltaOfSeen(finals, bySeen, seenBy(key, bucketOf))
  const rank = nested.rankOf(bucketOf(nested.salt, key))
  byRank[rank] ??= deltaOfSeen(finals, bySeen, seenBy(key, bucketOf))
  return byRank[rank]
}

function deltaOfSeen(
  finals: readonly Exposure[],
  known: Map<string, ViewDelta>,
  sees: (exposure: Exposure) => boolean,
): ViewDelta {
  let seen = ''
  for (const exposure of finals) seen += sees(exposure) ? '1' : '0'
  const found = known.get(seen)
  if (found !== undefined) return found
  if (known.size >= mostKept) known.clear()
  const shown = finals.filter((_, index) => seen[index] === '1')
  const made = showing(shown)
  known.set(seen, made)
  return made
}
