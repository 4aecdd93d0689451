import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CohortVectors, cohortVectors } from '../../src/cohort/cohort-vectors.ts'

const published: CohortVectors = JSON.parse(
  readFileSync(new URL('../../docs/cohort-vectors.json', import.meta.url), 'utf8'),
)

describe('the published vectors', () => {
  it('are what buckets are computed as; `node scripts/emit-vectors.ts` writes them', () => {
    expect(cohortVectors((text) => createHash('sha256').update(text).digest())).toEqual(published)
  })

  it('hold as the contract writes the rule, computed by other means', () => {
    for (const { salt, key, bucket } of published.vectors) {
      const digits = createHash('sha256').update(`v2:${salt}:${key}`).digest('hex').slice(0, 8)
      expect(Number((BigInt(`0x${digits}`) * 10_000n) >> 32n)).toBe(bucket)
    }
  })

  it('are 64, with both sides of ten boundaries, both ends, and salts as they are drawn', () => {
    const buckets = new Set(published.vectors.map(({ bucket }) => bucket))
    expect(published.vectors).toHaveLength(64)
    expect(published.boundaries).toHaveLength(10)
    expect([0, 9999].every((bucket) => buckets.has(bucket))).toBe(true)
    for (const boundary of published.boundaries) {
      expect([boundary - 1, boundary].filter((bucket) => !buckets.has(bucket))).toEqual([])
    }
    expect(published.vectors.filter(({ salt }) => !/^[a-z2-7]{26}$/.test(salt))).toEqual([])
  })
})
