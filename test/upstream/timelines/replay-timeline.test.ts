import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fillPlaces } from '../../../scripts/policy-figures.ts'
import { longestWait, PACKAGES, replay, replayTable, SETTINGS, stepsBack } from './replay-table.ts'

// Real packages, with the times at which their repositories tagged their releases, through the adopter and the engine.

const timeoutMs = 240_000
const dayMs = 24 * 3_600_000

describe('releases of another index as they really came', () => {
  it.each(PACKAGES)(
    '%s: by default every release ends, reaches everybody in its own time and sends nobody back',
    async (id) => {
      const replayed = await replay(id, '')
      const { rollouts, allEndedAt, said } = replayed
      expect(rollouts.length).toBeGreaterThan(15)
      expect(allEndedAt).not.toBeNull()
      expect(new Set(rollouts.map(({ end }) => end?.kind))).toEqual(new Set(['completed']))
      const slowest = Math.max(...rollouts.map(({ startedAt, end }) => (end?.at ?? 0) - (startedAt ?? 0)))
      expect(slowest).toBeLessThan(7 * dayMs)
      expect(longestWait(rollouts)).toBeLessThan(7 * dayMs)
      expect(stepsBack(id, replayed)).toBe(0)
      expect(said).toEqual([])
    },
    timeoutMs,
  )

  it('a line as wide as the package with overtaking starves what releases several times a day', async () => {
    const { rollouts, allEndedAt } = await replay('npm:renovate', SETTINGS[3][1])
    expect(allEndedAt).not.toBeNull()
    const completed = rollouts.filter(({ end }) => end?.kind === 'completed')
    expect(completed.length).toBeLessThan(rollouts.length / 20)
    expect(longestWait(rollouts)).toBeGreaterThan(7 * dayMs)
  }, 240_000)

  it('is what docs/policy.md says of every setting', async () => {
    const text = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8')
    expect(fillPlaces(text, { adopted: await replayTable() })).toBe(text)
  }, 240_000)
})
