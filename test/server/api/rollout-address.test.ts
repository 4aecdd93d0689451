import { describe, expect, it } from 'vitest'
import { parseRolloutAddress } from '../../../src/server/api/rollout-address.ts'

describe('the id in an address', () => {
  it.each([
    ['ro-abcdefghij234567', 'ro-abcdefghij234567', ''],
    ['ro-abcdefghij234567/events', 'ro-abcdefghij234567', 'events'],
    ['npm:demo@1.0.0', 'npm:demo@1.0.0', ''],
    ['npm:demo@1.0.0/pause', 'npm:demo@1.0.0', 'pause'],
    ['npm:@s/events@1.0.0/events', 'npm:@s/events@1.0.0', 'events'],
    ['npm:@s/events@1.0.0', 'npm:@s/events@1.0.0', ''],
    ['npm:@s%2Fevents@1.0.0/events', 'npm:@s/events@1.0.0', 'events'],
    ['npm%3A%40s%2Fevents%401.0.0/events', 'npm:@s/events@1.0.0', 'events'],
    ['npm%3A%40s/events%401.0.0', 'npm:@s/events@1.0.0', ''],
    ['pypi:a@1!2.0+x', 'pypi:a@1!2.0+x', ''],
    ['pypi%3Aa%401%212.0%2Bx/rollback', 'pypi:a@1!2.0+x', 'rollback'],
    ['pypi:Demo_Lib@1.0rc1', 'pypi:demo-lib@1.0rc1', ''],
    ['npm:demo@1.0.0/', 'npm:demo@1.0.0', ''],
  ])('%s', (path, id, action) => {
    expect(parseRolloutAddress(path)).toEqual({ ok: true, id, action })
  })

  it.each(['', 'ro-short', 'demo@1.0.0', 'npm:demo', 'npm:demo@one', 'npm:@s/events', 'pypi:../x@1', '%ff'])(
    '%j is refused, naming what is accepted',
    (path) => {
      const parsed = parseRolloutAddress(path)
      expect(parsed).toMatchObject({ ok: false, problem: { status: 400, field: 'id' } })
      expect(parsed.ok ? '' : parsed.problem.detail).toContain('npm:@scope/lib@2.0.0')
    },
  )
})
