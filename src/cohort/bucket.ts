/** A synchronous SHA-256 of the UTF-8 bytes of a text, as 32 bytes. */
export type Sha256 = (text: string) => Uint8Array

/** Buckets are numbered 0..9999, so one bucket is one basis point. */
export const BUCKETS = 10_000

/** 2 ** 32 modulo the number of buckets: lets 64 bits be reduced without BigInt. */
const HIGH_WORD_FACTOR = 2 ** 32 % BUCKETS

/**
 * The number 0..9999 that a cohort key hashes to within one rollout:
 * `uint64be(sha256("v1\0" + salt + "\0" + key)[0..8]) mod 10000`.
 */
export function bucketOf(sha256: Sha256, salt: string, key: string): number {
  const digest = sha256(`v1\0${salt}\0${key}`)
  const high = word(digest, 0)
  const low = word(digest, 4)
  return ((high % BUCKETS) * HIGH_WORD_FACTOR + low) % BUCKETS
}

/** Whether a bucket sees the candidate at this many basis points (0..10000). */
export function inCohort(bucket: number, basisPoints: number): boolean {
  return bucket < basisPoints
}

/** Big-endian 32 bits. A digest that is too short counts as a bug of the hash handed in. */
function word(digest: Uint8Array, offset: number): number {
  const [a, b, c, d] = digest.subarray(offset, offset + 4)
  if (a === undefined || b === undefined || c === undefined || d === undefined) {
    throw new Error(`sha256 returned ${digest.length} bytes, expected 32`)
  }
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
}
