import { expect, it } from 'vitest'
import type { TokenRecord } from '../../../src/ports/access-store.ts'
import { expiringTokens } from '../../../src/server/access/expiring-tokens.ts'

const dayMs = 24 * 3_600_000
const hourMs = 3_600_000
const now = 1000 * dayMs

/** A token that lives 90 days and ends so many days from now. */
function ending(days: number, change: Partial<TokenRecord> = {}): TokenRecord {
  const expiresAt = now + days * dayMs
  const said = {
    id: 't',
    name: 't',
    owner: 'acme',
    secretSha256: '',
    scopes: [],
    packages: [],
    lastUsedAt: null,
  }
  return { ...said, createdAt: expiresAt - 90 * dayMs, expiresAt, ...change }
}

it.each([
  ['15 days left, after a start', 15, null, false],
  ['13 days left, after a start', 13, null, true],
  ['13 days left, told before', 13, now - hourMs, false],
  ['just nearer than 14 days', 14 - 0.01, now - hourMs, true],
  ['just nearer than 3 days', 3 - 0.01, now - hourMs, true],
  ['two days left, told before', 2, now - hourMs, false],
  ['the server slept over it', 2, now - 5 * dayMs, true],
  ['ended', -1, null, false],
])('%s', (_, days, lastLook, told) => {
  expect(expiringTokens([ending(days)], now, lastLook)).toHaveLength(told ? 1 : 0)
})

it('leaves out what never ends and what was meant to be short', () => {
  const workflow = ending(0.01, { createdAt: now })
  expect(expiringTokens([ending(1, { expiresAt: null }), workflow], now, null)).toEqual([])
})
