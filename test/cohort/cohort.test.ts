import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base32 } from '../../src/cohort/base32.ts'
import { bucketOf, inCohort } from '../../src/cohort/bucket.ts'
import { parseCohortKey } from '../../src/cohort/cohort-key.ts'

const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest()

describe('bucketOf', () => {
  it('is the first 32 bits of the hash scaled to 10000, as the contract writes it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (salt, key) => {
        const digits = createHash('sha256').update(`v2:${salt}:${key}`).digest('hex').slice(0, 8)
        const expected = (BigInt(`0x${digits}`) * 10_000n) / 2n ** 32n
        expect(bucketOf(sha256, salt, key)).toBe(Number(expected))
      }),
    )
  })

  it.each([
    ['00000000', 0],
    ['00068db9', 1],
    ['00068db8', 0],
    ['7fffffff', 4999],
    ['80000000', 5000],
    ['ffffffff', 9999],
  ])('scales %s to %i without a rounding error', (digits, bucket) => {
    expect(bucketOf(() => Buffer.from(digits, 'hex'), '', '')).toBe(bucket)
  })

  it('spreads keys evenly', () => {
    const keys = Array.from({ length: 20_000 }, (_, number) => `key-${number}`)
    for (const basisPoints of [500, 2500, 5000]) {
      const share =
        keys.filter((key) => inCohort(bucketOf(sha256, 's', key), basisPoints)).length / keys.length
      expect(Math.abs(share - basisPoints / 10_000)).toBeLessThan(0.015)
    }
  })

  it('refuses a hash that is too short', () => {
    expect(() => bucketOf(() => new Uint8Array(3), 's', 'k')).toThrow('sha256 returned 3 bytes, expected 32')
  })
})

describe('inCohort', () => {
  it.each([
    [0, 0, false],
    [0, 1, true],
    [499, 500, true],
    [500, 500, false],
    [9999, 10_000, true],
  ])('bucket %i at %i basis points: %s', (bucket, basisPoints, expected) => {
    expect(inCohort(bucket, basisPoints)).toBe(expected)
  })
})

describe('parseCohortKey', () => {
  it.each(['a', 'Team-1.web_2~x', 'k'.repeat(200)])('accepts %s', (key) => {
    expect(parseCohortKey(key)).toEqual({ ok: true, value: key })
  })
  it.each(['', 'a b', 'a/b', 'a%20b', 'ä', 'k'.repeat(201), 'a:b', '../x', 'a\n'])('refuses %j', (key) => {
    const parsed = parseCohortKey(key)
    expect(parsed).toMatchObject({
      ok: false,
      problem: { field: 'key', expected: 'a cohort key: 1 to 200 of the characters A-Z a-z 0-9 . _ ~ -' },
    })
  })
  it('shortens what it quotes', () => {
    const parsed = parseCohortKey('x y'.repeat(100))
    expect(parsed.ok ? '' : parsed.problem.value).toHaveLength(202)
  })
})

describe('base32', () => {
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('%j is %j, as RFC 4648 has it', (text, expected) => {
    expect(base32(Buffer.from(text))).toBe(expected)
  })
})
