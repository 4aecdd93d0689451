import { expect, it } from 'vitest'
import type { TokenRecord } from '../../../src/ports/access-store.ts'
import { endsWithinDays, tellExpiringTokens } from '../../../src/server/access/expiring-tokens.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'

const dayMs = 24 * 3_600_000
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
  ['15 days left', 15, null],
  ['13 days left', 13, 14],
  ['just nearer than 14 days', 14 - 0.01, 14],
  ['just nearer than 3 days', 3 - 0.01, 3],
  ['two days left', 2, 3],
  ['ended', -1, null],
])('%s', (_, days, within) => {
  expect(endsWithinDays(ending(days), now)).toBe(within)
})

it('leaves out what never ends and what was meant to be short', () => {
  expect(endsWithinDays(ending(1, { expiresAt: null }), now)).toBeNull()
  expect(endsWithinDays(ending(0.01, { createdAt: now }), now)).toBeNull()
})

it('is told once at 14 days and once at 3, in the log and the audit log, by whichever server looks first', async () => {
  let at = now
  const clock = { now: () => at }
  const stores = openMemory(clock)
  await stores.access.addToken(ending(13))
  const warned: unknown[] = []
  const log = {
    info: () => {},
    error: () => {},
    warn: (_: string, fields?: object) => void warned.push(fields),
  }
  const look = () => tellExpiringTokens(stores, clock, log)()
  await look()
  // A second replica, and a start after a crash.
  await Promise.all([look(), look()])
  expect(warned).toHaveLength(1)
  at = now + 11 * dayMs
  await look()
  await look()
  const { items } = await stores.audit.list({ before: null, limit: 10 })
  expect(items.map(({ who, action, subject, reason }) => [who, action, subject, reason])).toEqual([
    [
      'Slipway',
      'token ends',
      't',
      expect.stringMatching(/^t of acme ends on \d{4}-\d\d-\d\d, within 3 days$/),
    ],
    ['Slipway', 'token ends', 't', expect.stringContaining('within 14 days')],
  ])
  expect(warned).toHaveLength(2)
})
