import { afterEach, beforeEach, expect, it } from 'vitest'
import { broken } from '../engine/fake-forge.ts'
import { canaryId, dependentsFile } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld({ retryDelayMs: 1 })
  bot.world.forge.calls.length = 0
})
afterEach(() => bot.close())

const file = '.github/slipway.yml'
const reads = () => bot.world.forge.calls.filter((call) => call === `file acme/app ${file}`).length
const condition = () => bot.state().canaries[canaryId]?.state?.state ?? null
const push = (change: object) => ({
  ref: 'refs/heads/main',
  forced: false,
  commits: [{ added: [], modified: ['README.md'], removed: [] }],
  repository: hookRepository(canaryId),
  installation: { id: 1 },
  ...change,
})

it.each<[string, object, number]>([
  ['of other files', {}, 0],
  ['of its file', { commits: [{ added: [file] }, { modified: ['x'] }] }, 1],
  ['of the workflow it offers', { commits: [{ modified: ['.github/workflows/ci.yml'] }] }, 1],
  ['of another workflow', { commits: [{ modified: ['.github/workflows/lint.yml'] }] }, 0],
  ['of its file to another branch', { ref: 'refs/heads/wip', commits: [{ removed: [file] }] }, 0],
  ['that was forced', { forced: true, commits: [] }, 1],
  ['of a tag', { ref: 'refs/tags/v1', forced: true }, 0],
])('a push %s', async (_, change, expected) => {
  expect(await bot.deliver('push', push(change))).toBe(202)
  expect(reads()).toBe(expected)
})

it('a file that cannot be read now is read when the delivery is handled again', async () => {
  let left = 2
  bot.world.forge.failing = (call) => (call.startsWith('file') && left-- > 0 ? broken : null)
  bot.world.forge.repositories.get(canaryId)?.files.delete(file)
  await bot.deliver('push', push({ forced: true }))
  await expect
    .poll(() => {
      bot.world.clock.pass(1000)
      return condition()
    })
    .toBe('config-broken')
  expect(reads()).toBe(3)
})

it('installing, suspending and removing the App is heard', async () => {
  const installation = { id: 1 }
  const repositories = [{ id: 2, full_name: 'acme/app' }]
  await bot.deliver('installation', { action: 'suspend', installation, repositories })
  expect(condition()).toBe('suspended')
  await bot.deliver('installation', { action: 'unsuspend', installation })
  expect([condition(), reads()]).toEqual(['ok', 1])
  await bot.deliver('installation', { action: 'deleted', installation, repositories })
  expect(condition()).toBe('app-removed')
  await bot.deliver('installation', { action: 'created', installation, repositories })
  expect(condition()).toBe('ok')
})

it('repositories that come into reach or leave it are heard', async () => {
  const change = (action: string, added: readonly object[], removed: readonly object[]) => ({
    action,
    installation: { id: 1 },
    repositories_added: added,
    repositories_removed: removed,
  })
  const app = { id: 2, full_name: 'acme/app' }
  await bot.deliver('installation_repositories', change('removed', [], [app]))
  expect(condition()).toBe('app-removed')
  expect(await bot.world.engine.offersOf(canaryId)).toBeNull()
  bot.world.forge.add('9', 'acme/new', { [file]: dependentsFile })
  const fresh = { id: 9, full_name: 'acme/new' }
  await bot.deliver(
    'installation_repositories',
    change('added', [app, fresh, { id: 10, full_name: 'acme/none' }], []),
  )
  expect(condition()).toBe('ok')
  expect(await bot.world.engine.offersOf('9')).not.toBeNull()
})
