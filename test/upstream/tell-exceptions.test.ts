import { describe, expect, it } from 'vitest'
import { exceptionsToTell } from '../../src/upstream/tell-exceptions.ts'

const days = 24 * 60 * 60_000
const exception = { package: 'npm:lib', versions: null, until: 100 * days, reason: 'the build' }

describe('an exception that ends', () => {
  it.each<[string, number, number | null, boolean]>([
    ['far away, at a start', 50, null, false],
    ['within two weeks, at a start', 90, null, true],
    ['ended, at a start', 120, null, true],
    ['two weeks before, once', 86.1, 85.9, true],
    ['and not again', 86.2, 86.1, false],
    ['three days before', 97.1, 96.9, true],
    ['at its end', 100.1, 99.9, true],
    ['and not after it', 100.2, 100.1, false],
  ])('is told: %s', (_, now, lastLook, isTold) => {
    const told = exceptionsToTell([exception], now * days, lastLook === null ? null : lastLook * days)
    expect(told).toEqual(isTold ? [exception] : [])
  })
})
