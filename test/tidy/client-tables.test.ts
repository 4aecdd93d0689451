import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withClientTables } from '../../scripts/client-tables.ts'
import { allResults } from '../clients/results.ts'

it('docs/clients.md has the tables that the client matrix recorded (node scripts/client-tables.ts)', () => {
  const text = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
  const results = allResults()
  expect(results.length).toBeGreaterThan(20)
  expect(withClientTables(text, results)).toBe(text)
  const [first, ...others] = results
  const changed = { ...first, changes: { ...first?.changes, 'rolled back, empty cache': 'something else' } }
  expect(
    withClientTables(text, [changed, ...others].filter((one) => one !== undefined) as typeof results),
  ).not.toBe(text)
})
