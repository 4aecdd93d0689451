import { afterEach, beforeEach, expect, it } from 'vitest'
import { ownerId } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
  // A comment of a transition stands on the tracking issue.
  bot.world.effector.answer = (effect) =>
    effect.kind === 'transition-comment'
      ? { ok: true, place: { repositoryId: ownerId, comment: 70, on: 4 }, signals: [] }
      : effect.kind === 'tracking-issue'
        ? {
            ok: true,
            place: { repositoryId: ownerId, repository: 'acme/lib', issue: 4, url: 'https://github.test/4' },
            signals: [],
          }
        : null
  await bot.comment('/slipway pause for now')
  bot.world.effector.applied.length = 0
})
afterEach(() => bot.close())

const applied = () => bot.world.effector.applied.map((key) => key.split('/')[1])
const touched = (action: string, change: object = {}) => ({
  action,
  issue: { number: 4, title: 'x', state: 'open', updated_at: '2023-11-14T22:13:22Z', labels: [] },
  repository: hookRepository(),
  installation: { id: 1 },
  sender: { login: 'ana', type: 'User' },
  ...change,
})

it.each(['edited', 'closed', 'unlabeled', 'reopened', 'labeled'])(
  'an issue that somebody %s is made true again, once',
  async (action) => {
    await bot.deliver('issues', touched(action))
    expect(applied()).toEqual(['tracking-issue'])
    await bot.world.settle()
    expect(applied()).toEqual(['tracking-issue'])
  },
)

it('an issue that is deleted comes back with its comments', async () => {
  await bot.deliver('issues', touched('deleted'))
  expect(applied()).toEqual(['tracking-issue', 'transition-comment'])
})

it('a comment that is deleted is posted again, and nothing else', async () => {
  await bot.deliver('issue_comment', { ...touched('deleted'), comment: { id: 70, body: '', user: null } })
  expect(applied()).toEqual(['transition-comment'])
})

it.each([
  ['the bot itself', touched('edited', { sender: { login: 'slipway[bot]', type: 'Bot' } })],
  ['another issue', touched('edited', { issue: { ...touched('x').issue, number: 5 } })],
  ['another repository', touched('edited', { repository: hookRepository('2') })],
])('an edit of %s changes nothing', async (_, payload) => {
  await bot.deliver('issues', payload)
  expect(applied()).toEqual([])
})

it('is put right once a day although no webhook told of it', async () => {
  bot.world.clock.pass(23 * 3_600_000)
  await bot.world.settle()
  expect(applied().filter((kind) => kind === 'tracking-issue').length).toBeLessThanOrEqual(1)
  bot.world.effector.applied.length = 0
  bot.world.clock.pass(25 * 3_600_000)
  await bot.world.settle()
  expect(applied().filter((kind) => kind === 'tracking-issue')).toHaveLength(1)
  await bot.world.settle()
  expect(applied().filter((kind) => kind === 'tracking-issue')).toHaveLength(1)
})
