import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stepLog } from '../../../src/action/serverless/step-log.ts'
import { createMemoryEffectLog } from '../../../src/stores/memory/memory-effect-log.ts'

const lines: string[] = []
beforeEach(() => {
  lines.length = 0
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text).trim())
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const hour = 3_600_000
const refused = { key: 'ro-a/check-run/c/0', why: '403: Resource not accessible by integration' }

/** What one tick says of a permission that it lacks and of a file that its author may not mean so. */
async function tick(effects: Parameters<ReturnType<typeof stepLog>['tell']>[0], now: number, attempts = 1) {
  lines.length = 0
  const log = stepLog()
  log.warn('groups: got "friends", expected a stage that lists it', { file: '.github/slipway.yml' })
  for (let time = 0; time < 3; time += 1) log.log.warn('an effect failed', { ...refused, attempts })
  await log.tell(effects, now)
  return lines.filter((line) => line.startsWith('::warning'))
}

it('a tick that comes every hour says a warning once a week, and once in a run', async () => {
  const effects = createMemoryEffectLog()
  const first = await tick(effects, 0)
  expect(first).toHaveLength(2)
  expect(first[1]).toContain('add to permissions of the job: checks: write')
  expect(await tick(effects, hour, 2)).toEqual([])
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^still: groups/)
  expect(await tick(effects, 7 * 24 * hour)).toHaveLength(2)
})

it('what cannot be remembered is said', async () => {
  const broken = async () => Promise.reject(new Error('no access to refs'))
  expect(await tick({ get: broken, put: broken }, 0)).toHaveLength(2)
  expect(await tick(null, hour)).toHaveLength(2)
})
