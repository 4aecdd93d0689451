/** A synchronous SHA-256 of the UTF-8 bytes of a text, as 32 bytes. */
export type Sha256 = (text: string) => Uint8Array

/** Buckets are numbered 0..9999, so one bucket is one basis point. */
export const BUCKETS = 10_000

/**
 * The number 0..9999 that a cohort key hashes to under a salt:
 * `floor(int(first 8 hex digits of sha256("v2:" + salt + ":" + key)) * 10000 / 2^32)`.
 * 32 bits times 10,000 stay below 2^46, so that doubles, njs and VCL compute it exactly too; the published
 * vectors (`cohort-vectors.ts`) hold them to it.
 */
export function bucketOf(sha256: Sha256, salt: string, key: string): number {
  return Math.floor((firstWord(sha256(`v2:${salt}:${key}`)) * BUCKETS) / 2 ** 32)
}

/** Whether a bucket sees the candidate at this many basis points (0..10000). */
export function inCohort(bucket: number, basisPoints: number): boolean {
  return bucket < basisPoints
}

/** The first 32 bits, big-endian. A digest that is too short counts as a bug of the hash handed in. */
function firstWord(digest: Uint8Array): number {
  const [a, b, c, d] = digest
  if (a === undefined || b === undefined || c === undefined || d === undefined) {
    throw new Error(`sha256 returned ${digest.length} bytes, expected 32`)
  }
  return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
}
