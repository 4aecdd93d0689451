import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { broken } from '../engine/fake-forge.ts'
import { canaryId, dependentsFile, ownerId, stateOf } from '../engine/world.ts'
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

describe('/slipway leave', () => {
  const says = (login: string, id: number, repositoryId: string = canaryId) =>
    bot.comment('/slipway leave', { login, id, issue: 9, repositoryId })
  const dispatches = () => bot.world.effector.dispatches().length

  it('takes back at once what a dependent offers, until its file is another text', async () => {
    expect(dispatches()).toBe(1)
    await says('wim', 1)
    expect(bot.said[0]).toEqual({ reaction: '+1' })
    expect(bot.said[1]).toMatchObject({
      comment: expect.stringContaining('its offer no longer counts'),
      on: 9,
    })
    expect(condition()).toBe('left')
    // Neither a push that leaves the file as it was, nor the daily look, brings it back.
    await bot.deliver('push', push({ forced: true }))
    bot.world.clock.pass(25 * 3_600_000)
    await bot.world.engine.tick()
    await bot.world.settle()
    expect([condition(), dispatches()]).toEqual(['left', 1])
    expect((await bot.world.engine.offersOf(canaryId))?.offers).toEqual([])
    await bot.world.upload('npm:demo@1.2.0')
    const { entry } = stateOf(bot.world, 'npm:demo@1.2.0').canaries[canaryId] ?? {}
    expect(entry?.mode).toBe('absent')
    bot.world.forge.repositories.get(canaryId)?.files.set(file, `${dependentsFile}# again\n`)
    await bot.deliver('push', push({ forced: true }))
    expect(condition()).toBe('ok')
  })

  it('is refused to whoever may not write there, and where nothing is offered', async () => {
    await says('stranger', 1)
    await says('wim', 2, ownerId)
    const [, one, , other] = bot.said
    expect(one).toMatchObject({ comment: expect.stringContaining('it needs write permission here') })
    expect(other).toMatchObject({ comment: expect.stringContaining('there is nothing to leave') })
    expect(condition()).toBeNull()
    expect((await bot.world.engine.offersOf(canaryId))?.offers).toHaveLength(1)
  })
})
