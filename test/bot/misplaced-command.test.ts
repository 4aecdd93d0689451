import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const user = { login: 'ana', type: 'User' }
const body = '/slipway rollback it breaks'
const around = { repository: hookRepository(), installation: { id: 1 }, sender: user }

it.each([
  [
    'issues',
    {
      action: 'opened',
      issue: { number: 7, title: 'x', state: 'open', updated_at: '2023-11-14T22:13:22Z', body, user },
    },
  ],
  [
    'pull_request',
    {
      action: 'opened',
      number: 7,
      pull_request: { number: 7, body, user, merged: false, updated_at: '2023-11-14T22:13:22Z' },
    },
  ],
  ['pull_request_review', { action: 'submitted', review: { body, user }, pull_request: { number: 7 } }],
  [
    'pull_request_review_comment',
    { action: 'created', comment: { body, user }, pull_request: { number: 7 } },
  ],
])('a command in %s is not carried out and gets an answer', async (event, payload) => {
  const before = bot.state()
  await bot.deliver(event, { ...payload, ...around })
  expect(bot.state()).toBe(before)
  expect(bot.said).toEqual([{ comment: expect.stringContaining('That was not carried out'), on: 7 }])
})

it('a review without a command, or by a bot, gets none', async () => {
  const pull_request = { number: 7 }
  await bot.deliver('pull_request_review', {
    action: 'submitted',
    review: { body: null, user },
    pull_request,
    ...around,
  })
  const review = { body, user: { login: 'b', type: 'Bot' } }
  await bot.deliver('pull_request_review', { action: 'submitted', review, pull_request, ...around })
  expect(bot.said).toEqual([])
})
