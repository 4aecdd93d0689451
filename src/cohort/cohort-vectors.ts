import { addressKey, networkOf } from './address-key.ts'
import { bucketOf, type Sha256 } from './bucket.ts'
import { clientKinds } from './client-kind.ts'

/** A key under a salt, and the bucket that every implementation has to give it. */
export interface CohortVector {
  readonly salt: string
  readonly key: string
  readonly bucket: number
}

/** What is published at `/api/v1/cohort-vectors.json` and as docs/cohort-vectors.json. */
export interface CohortVectors {
  readonly v: 2
  readonly rule: string
  /** The share in basis points whose both sides are among the vectors: the buckets `n - 1` and `n`. */
  readonly boundaries: readonly number[]
  readonly vectors: readonly CohortVector[]
}

const salt = 'abcdefghijklmnopqrstuvwxyz'
const otherSalt = 'qgtdwmazjyvxs2n4b6k7r3lhpe'

const boundaries = [100, 200, 500, 1000, 2000, 2500, 5000, 7500, 9000, 9900]

/** Under `salt`, `key-<number>` falls just below and just at each boundary; the last two into the first and last bucket. */
const boundaryKeys = [
  18590, 5063, 6433, 6866, 3554, 120, 7542, 31247, 13119, 22926, 2567, 32095, 6465, 1933, 1185, 503, 7632,
  6214, 3140, 29281, 7740, 1268,
].map((number) => `key-${number}`)

const chosenKeys = [
  'a',
  'A',
  '0',
  '.',
  '~',
  '-',
  '_',
  'alice',
  'Alice',
  'team-1.web_2~x',
  'r-mzxw6ytboi',
  'k'.repeat(200),
]

const networks = ['203.0.113.7', '2001:db8:1:2::9', '2001:DB8:0:ff::1', '::1'].map(networkOf)

/** Both sides of ten boundaries, keys of every alphabet, and address keys of every client kind: 64 in all. */
export function cohortVectors(sha256: Sha256): CohortVectors {
  const kinds = clientKinds.map((kind) => addressKey('198.51.100.0/24', kind))
  const places = networks.flatMap((network) => [addressKey(network, 'pip'), addressKey(network, 'other')])
  const drawn: [string, readonly string[]][] = [
    [salt, [...boundaryKeys, ...chosenKeys, ...kinds]],
    [otherSalt, [...chosenKeys, ...places]],
  ]
  return {
    v: 2,
    rule: 'floor(int(first 8 hex digits of sha256("v2:" + salt + ":" + key)) * 10000 / 2^32); in if below the basis points',
    boundaries,
    vectors: drawn.flatMap(([under, keys]) =>
      keys.map((key) => ({ salt: under, key, bucket: bucketOf(sha256, under, key) })),
    ),
  }
}
