import type { Exposure } from './exposure.ts'

/** Releases of which who sees one sees all that have a greater share: how far a bucket gets says which they are. */
export interface NestedShares {
  readonly salt: string
  /** How many of their different shares a bucket is beyond: buckets of one rank see the same. */
  rankOf(bucket: number): number
}

/** Null where more than a bucket decides: several salts, groups, or nothing between nobody and everybody. */
export function nestedShares(exposures: readonly Exposure[]): NestedShares | null {
  const salt = exposures[0]?.salt
  if (salt === undefined) return null
  if (exposures.some((one) => one.salt !== salt || one.groupKeys.size > 0)) return null
  const partial = exposures.map(({ basisPoints }) => basisPoints).filter((it) => it > 0 && it < 10_000)
  const shares = Uint16Array.from(new Set(partial)).sort()
  if (shares.length === 0) return null
  return {
    salt,
    rankOf(bucket) {
      let rank = 0
      for (const share of shares) if (bucket >= share) rank += 1
      return rank
    },
  }
}
