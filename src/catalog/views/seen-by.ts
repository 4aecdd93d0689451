import { inCohort } from '../../cohort/bucket.ts'
import type { Exposure } from './exposure.ts'

/** The bucket 0..9999 of a cohort key under a rollout's salt. */
export type BucketOf = (salt: string, key: string) => number

/**
 * Whether a key sees what is rolling out. A bucket costs a hash: many answers need none, and live rollouts of one
 * package mostly share a salt, so that one is enough for all of them.
 */
export function seenBy(key: string, bucketOf: BucketOf): (exposure: Exposure) => boolean {
  let known: { readonly salt: string; readonly bucket: number } | null = null
  return ({ basisPoints, groupKeys, salt }) => {
    if (basisPoints === 10_000 || groupKeys.has(key)) return true
    if (basisPoints === 0) return false
    if (known?.salt !== salt) known = { salt, bucket: bucketOf(salt, key) }
    return inCohort(known.bucket, basisPoints)
  }
}
