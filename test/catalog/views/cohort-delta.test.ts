import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cohortDelta } from '../../../src/catalog/views/cohort-delta.ts'
import { type Exposure, exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { seenBy } from '../../../src/catalog/views/seen-by.ts'
import { aRollout, at, sha256Bucket } from '../sample.ts'

const id = 'npm:many'

interface Live {
  readonly basisPoints: number
  readonly salt: 'one' | 'two'
  readonly group: boolean
}

function exposures(live: readonly Live[]): readonly Exposure[] {
  return live.flatMap(({ basisPoints, salt, group }, index) => {
    const [exposure] = exposuresOf(id, [aRollout(`${id}@${index + 2}.0.0`, `${id}@1.0.0`, at(5))])
    if (exposure === undefined) return []
    return [{ ...exposure, basisPoints, salt, groupKeys: new Set(group ? ['key-7'] : []) }]
  })
}

const live = fc.array(
  fc.record({
    basisPoints: fc.oneof(fc.constantFrom(0, 1, 9999, 10_000), fc.integer({ min: 0, max: 10_000 })),
    salt: fc.constantFrom('one' as const, 'one' as const, 'one' as const, 'two' as const),
    group: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
)

it('whoever asks before, a key sees what its bucket and its groups let it in for, and nothing else', () => {
  fc.assert(
    fc.property(live, fc.boolean(), (some, alike) => {
      const finals = exposures(
        alike ? some.map((one) => ({ ...one, salt: 'one' as const, group: false })) : some,
      )
      const views = new Set<unknown>()
      for (let number = 0; number < 60; number += 1) {
        const key = `key-${number}`
        const sees = seenBy(key, sha256Bucket)
        const shown = cohortDelta(finals, key, sha256Bucket)
        views.add(shown)
        expect(shown.shown).toEqual(finals.filter(sees).map(({ version }) => version))
      }
      if (alike) expect(views.size).toBeLessThanOrEqual(finals.length + 1)
    }),
    { numRuns: 100 },
  )
})

it('asks for one bucket, however many are live under one salt', () => {
  const finals = exposures(
    Array.from({ length: 20 }, (_, index) => ({
      basisPoints: 450 * (index + 1),
      salt: 'one' as const,
      group: false,
    })),
  )
  let asked = 0
  const bucket = (salt: string, key: string) => {
    asked += 1
    return sha256Bucket(salt, key)
  }
  cohortDelta(finals, 'key-1', bucket)
  asked = 0
  cohortDelta(finals, 'key-1', bucket)
  expect(asked).toBe(1)
})
