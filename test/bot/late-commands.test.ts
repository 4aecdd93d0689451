import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ForgeFailure } from '../../src/ports/forge.ts'
import type { CommandBody } from '../../src/rollout/deciding/command.ts'
import { basisPointsOf, phaseOf } from '../../src/rollout/history/phase.ts'
import { type BotWorld, createBotWorld } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const hour = 3_600_000
const broken: ForgeFailure = { kind: 'broken', message: '502', retryAt: null }
const forbidden: ForgeFailure = { kind: 'forbidden', message: '403: suspended', retryAt: null }
const phase = () => phaseOf(bot.state())
const comments = () => bot.said.flatMap((said) => ('comment' in said ? [said.comment] : []))
const reactions = () => bot.said.flatMap((said) => ('reaction' in said ? [said.reaction] : []))
/** Somebody decides on the page, not in a comment. */
async function decided(command: CommandBody): Promise<void> {
  const actor = { kind: 'person', login: 'mia', permission: 'maintain' } as const
  await bot.world.engine.run(bot.state().id, command, { actor, reason: 'looked at' })
}
async function later(ms: number): Promise<void> {
  bot.world.clock.pass(ms)
  await bot.deliver('ping', {})
}

describe('a command that has to wait', () => {
  it.each([
    ['an outage', broken],
    ['a suspended App', forbidden],
    ['a limit', { kind: 'limited', message: '429', retryAt: 1 } as const],
  ])('is carried out after %s of hours, once', async (_, failure) => {
    bot.failing = failure
    await bot.comment('/slipway pause it breaks', { id: 1 })
    for (let at = 0; at < 10; at += 1) await later(hour)
    expect([bot.state().pausedSince, bot.said]).toEqual([null, []])
    bot.failing = null
    await later(hour)
    await later(hour)
    expect([phase(), bot.said]).toEqual(['paused', [{ reaction: '+1' }]])
  })

  it('holds back later ones of its issue, and no others', async () => {
    bot.failing = broken
    await bot.comment('/slipway pause first', { id: 1 })
    bot.failing = null
    await bot.comment('/slipway resume second', { id: 2 })
    await bot.comment('/slipway status', { id: 3, issue: 77 })
    expect([phase(), reactions()]).toEqual(['staged', ['+1']])
    await later(hour)
    const said = bot.state().transitions.map(({ reason }) => reason)
    expect(said.slice(-2)).toEqual(['first (comment 1)', 'second (comment 2)'])
    expect(reactions()).toEqual(['+1', '+1', '+1'])
  })

  it('goes before a later one that arrived sooner', async () => {
    bot.failing = broken
    await bot.comment('/slipway resume second', { id: 2 })
    await bot.comment('/slipway pause first', { id: 1 })
    bot.failing = null
    await later(hour)
    const said = bot.state().transitions.map(({ reason }) => reason)
    expect(said.slice(-2)).toEqual(['first (comment 1)', 'second (comment 2)'])
  })

  it('is given up after a day, and that is said', async () => {
    bot.failing = broken
    await bot.comment('/slipway advance looks good', { id: 1 })
    for (let at = 0; at < 25; at += 1) await later(hour)
    bot.failing = null
    await later(hour)
    expect(bot.state().stageIndex).toBe(0)
    expect(reactions()).toEqual(['-1'])
    expect(comments()[0]).toContain('could not be read or carried out for ')
  })

  it('that many wait in one line hides nobody after them', async () => {
    bot.failing = broken
    for (let id = 1; id <= 120; id += 1) await bot.send('issue_comment', commentOf(id))
    await bot.idle()
    bot.failing = null
    await bot.comment('/slipway status', { id: 900, issue: 77 })
    expect(reactions()).toEqual(['+1'])
  })
})

const commentOf = (id: number) => ({
  action: 'created',
  comment: {
    id,
    body: '/slipway status',
    user: { login: 'ana', type: 'User' },
    created_at: new Date(bot.world.clock.now()).toISOString(),
  },
  issue: { number: 4 },
  repository: { id: 1, full_name: 'acme/lib', private: false, default_branch: 'main' },
  installation: { id: 1 },
  sender: { login: 'ana', type: 'User' },
})

describe('a comment that arrives late', () => {
  it.each(['advance looks good', 'approve', 'resume', 'pause again', 'retry acme/app', 'hold 1h wait'])(
    '%s of two days ago is refused',
    async (words) => {
      await bot.comment('/slipway pause it breaks', { id: 5 })
      bot.world.clock.pass(48 * hour)
      const { transitions, canaries, holds } = bot.state()
      await bot.comment(`/slipway ${words}`, { id: 6, at: bot.world.clock.now() - 48 * hour })
      expect(bot.state()).toMatchObject({ transitions, canaries, holds, stageIndex: 0 })
      expect(reactions()).toEqual(['+1', '-1'])
    },
  )

  it.each(['advance looks good', 'approve'])(
    '%s from before the stage was entered meant another one',
    async (words) => {
      await decided({ type: 'advance', to: 5000, files: [] })
      const { stageIndex } = bot.state()
      await bot.comment(`/slipway ${words}`, { id: 6, at: bot.state().stageEnteredAt - 60_000 })
      expect(bot.state().stageIndex).toBe(stageIndex)
      expect(comments().at(-1)).toContain('before the present stage was entered')
    },
  )

  it('resume from before the pause does not end it', async () => {
    bot.world.clock.pass(hour)
    await decided({ type: 'pause' })
    await bot.comment('/slipway resume', { id: 6, at: bot.world.clock.now() - hour })
    expect(phase()).toBe('paused')
  })

  it.each(['resume', 'advance 100 % we looked'])('%s from before a stop does not end it', async (words) => {
    await bot.comment('/slipway advance 50 % we looked', { id: 5 })
    bot.world.clock.pass(hour)
    await decided({ type: 'lower', to: 0 })
    await bot.comment(`/slipway ${words}`, { id: 6, at: bot.world.clock.now() - hour / 2 })
    expect([phase(), basisPointsOf(bot.state())]).toEqual(['paused', 0])
    expect(comments().at(-1)).toContain('before the rollout was paused')
  })

  it('does not undo what a later comment said', async () => {
    await bot.comment('/slipway pause', { id: 5 })
    await bot.comment('/slipway resume', { id: 7 })
    await bot.comment('/slipway pause too late', { id: 6 })
    expect(phase()).toBe('staged')
    expect(comments().at(-1)).toContain('A later comment was carried out before this one arrived.')
  })

  it('a rollback is never too late for what happened since', async () => {
    await bot.comment('/slipway pause', { id: 5 })
    await bot.comment('/slipway resume', { id: 7 })
    await bot.comment('/slipway rollback it breaks', { id: 6 })
    expect(phase()).toBe('rolled-back')
  })

  it('an advance that names its stage is as good as when it was written', async () => {
    await bot.comment('/slipway advance 50 % we looked', { id: 5, at: bot.world.clock.now() - hour })
    expect(bot.state().stageIndex).toBe(1)
  })
})
