import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { phaseOf } from '../../src/rollout/history/phase.ts'
import { canaryId } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const comments = () => bot.said.flatMap((said) => ('comment' in said ? [said.comment] : []))
const reactions = () => bot.said.flatMap((said) => ('reaction' in said ? [said.reaction] : []))
const phase = () => phaseOf(bot.state())

describe('on the tracking issue', () => {
  it('status answers where the rollout is', async () => {
    await bot.comment('/slipway status', { login: 'stranger' })
    expect(reactions()).toEqual(['+1'])
    expect(comments()[0]).toMatch(/^`npm:demo@1.1.0`: staged, visible to 0 % of users\./)
    expect(bot.said[1]).toMatchObject({ on: 4 })
  })

  it('why shows gates and canaries', async () => {
    await bot.comment('/slipway why')
    expect(comments()[0]).toContain('- canaries **waits**')
    expect(comments()[0]).toContain('`acme/app`')
  })

  it('help names every command', async () => {
    await bot.comment('/slipway help')
    expect(comments()[0]).toContain('/slipway rollback')
  })

  it('pause, resume and rollback are carried out and only reacted to', async () => {
    await bot.comment('/slipway pause too many reports', { login: 'wim', id: 1 })
    expect(phase()).toBe('paused')
    expect(bot.state().transitions.at(-1)).toMatchObject({
      type: 'paused',
      reason: 'too many reports (comment 1)',
      actor: { kind: 'person', login: 'wim', permission: 'write' },
    })
    await bot.comment('/slipway resume', { id: 2 })
    expect(phase()).toBe('staged')
    await bot.comment('/slipway rollback', { id: 3 })
    expect(phase()).toBe('rolled-back')
    expect(bot.state().transitions.at(-1)?.reason).toBe('asked for in a comment (comment 3)')
    expect(bot.said).toEqual([{ reaction: '+1' }, { reaction: '+1' }, { reaction: '+1' }])
  })

  it('advance moves one stage, with the permission to pass what still waits', async () => {
    await bot.comment('/slipway advance we looked at it', { login: 'ana' })
    expect(reactions()).toEqual(['+1'])
    expect(bot.state().stageIndex).toBe(1)
  })

  it('advance past what still waits needs words of the one who decides', async () => {
    await bot.comment('/slipway advance', { login: 'ana' })
    expect(reactions()).toEqual(['-1'])
    expect(comments()[0]).toContain('advance needs a reason.')
    expect(bot.state().stageIndex).toBe(0)
  })

  it('hold and retry reach the engine', async () => {
    await bot.comment('/slipway hold 24h we test by hand', { id: 1 })
    expect(bot.state().holds).toMatchObject([{ by: 'ana', canary: null }])
    await bot.comment('/slipway retry acme/app', { id: 2 })
    expect(bot.state().transitions.map(({ type }) => type)).toContain('canary-retried')
  })

  it('a command without permission is refused, and says what would be accepted', async () => {
    for (const [id, word] of [
      'pause',
      'rollback',
      'advance',
      'retry acme/app',
      'waive acme/app flaky',
      'hold 1h x',
    ].entries()) {
      await bot.comment(`/slipway ${word}`, { login: 'stranger', id })
    }
    expect(reactions()).toEqual(Array(6).fill('-1'))
    expect(comments()[0]).toMatchInlineSnapshot(
      `"\`/slipway pause\` was not carried out. pause is not yours to do. actor: got "stranger (none)", expected write permission in the repository that owns the package, or a token with operate scope."`,
    )
    for (const comment of comments())
      expect(comment).toMatch(/actor: got "stranger \(none\)", expected (write|maintain) permission/)
    expect(phase()).toBe('staged')
    expect(bot.state().transitions.map(({ type }) => type)).toEqual(['started'])
  })

  it('a command that the state refuses says why', async () => {
    await bot.comment('/slipway rollback', { id: 1 })
    await bot.comment('/slipway rollback again', { id: 2 })
    expect(reactions()).toEqual(['+1', '-1'])
    expect(comments()[0]?.replaceAll(bot.state().id, 'ro-id')).toMatchInlineSnapshot(
      `"\`/slipway rollback\` was not carried out. The rollout is over (rolled-back). rollout: got "ro-id", expected a rollout that has not ended, for rollback."`,
    )
  })

  it('an unknown command gets the help', async () => {
    const before = bot.state()
    await bot.comment('/slipway rolback @everyone')
    expect(bot.state()).toBe(before)
    expect(reactions()).toEqual(['confused'])
    expect(comments()[0]).toContain('command: got "rolback", expected one of')
    expect(comments()[0]).toContain('/slipway help')
    expect(comments()[0]?.replace(/`[^`]*`/g, '')).not.toContain('@everyone')
  })

  it('an unknown canary gets the names of the known ones', async () => {
    await bot.comment('/slipway retry acme/none')
    expect(reactions()).toEqual(['-1'])
    expect(comments()[0]).toContain('canary: got "acme/none", expected one of acme/app')
  })
})

describe('who is not heard', () => {
  it.each([
    ['a bot', { type: 'Bot' }],
    ['an edited comment', { action: 'edited' }],
    ['a deleted comment', { action: 'deleted' }],
  ])('%s', async (_, change) => {
    await bot.comment('/slipway rollback', change)
    expect(bot.said).toEqual([])
    expect(phase()).toBe('staged')
  })
})

describe('elsewhere', () => {
  const dependent = { repositoryId: canaryId, issue: 77 }

  it('a dependent sees status, and its maintainer may hold once', async () => {
    await bot.comment('/slipway status', { ...dependent, login: 'stranger' })
    expect(comments()[0]).toContain('`npm:demo@1.1.0`')
    await bot.comment('/slipway hold 24h our build is red', { ...dependent, login: 'wim', id: 2 })
    expect(bot.state().holds).toMatchObject([{ by: 'wim', canary: canaryId }])
    await bot.comment('/slipway hold 24h again please', { ...dependent, login: 'ana', id: 3 })
    expect(reactions()).toEqual(['+1', '+1', '-1'])
  })

  it.each(['pause', 'advance', 'rollback it breaks us', 'approve', 'waive acme/app x', 'retry acme/app'])(
    'a dependent may not %s, whatever its permission there',
    async (word) => {
      await bot.comment(`/slipway ${word}`, dependent)
      expect(reactions()).toEqual(['-1'])
      expect(comments()[0]).toMatch(
        /counts only in the repository that owns the package; accepted here are status, why, help, and hold/,
      )
      expect(comments()[0]).toContain('repository: got "acme/app", expected the one that owns the package.')
      expect(bot.state().transitions.map(({ type }) => type)).toEqual(['started'])
    },
  )

  it('a dependent’s reader may not hold', async () => {
    bot.permissions.rea = 'read'
    await bot.comment('/slipway hold 1h please', { ...dependent, login: 'rea' })
    expect(reactions()).toEqual(['-1'])
    expect(comments()[0]).toContain('permission: got read of rea, expected write')
    expect(bot.state().holds).toEqual([])
  })

  it('a stranger’s repository learns nothing and moves nothing', async () => {
    for (const [id, word] of ['status npm:demo@1.1.0', 'why', 'rollback npm:demo@1.1.0'].entries()) {
      await bot.comment(`/slipway ${word}`, { repositoryId: '99', id, issue: 1 })
    }
    expect(reactions()).toEqual(['confused', 'confused', 'confused'])
    for (const comment of comments()) expect(comment).not.toContain('staged')
    expect(phase()).toBe('staged')
  })
})

describe('which rollout', () => {
  it('is the only live one where no issue says it', async () => {
    await bot.comment('/slipway status', { issue: 50 })
    expect(comments()[0]).toContain('`npm:demo@1.1.0`')
  })

  it('is the one that is named', async () => {
    await bot.comment('/slipway status npm:demo@1.0.0')
    expect(comments()[0]).toContain('`npm:demo@1.0.0`: completed')
  })

  it('must be named when several are live', async () => {
    await bot.world.upload('npm:demo@2.0.0')
    await bot.comment('/slipway pause', { issue: 50 })
    expect(reactions()).toEqual(['confused'])
    expect(comments()[0]).toContain('Several rollouts could be meant')
    expect(phase()).toBe('staged')
  })

  it('that nobody knows is refused', async () => {
    await bot.comment('/slipway status npm:demo@9.9.9')
    expect(reactions()).toEqual(['confused'])
    expect(comments()[0]).toContain('expected the id of a rollout or release of this repository')
  })
})

it('a command whose process died before it said so is not carried out twice', async () => {
  await bot.comment('/slipway advance go', { id: 7 })
  await bot.comment('/slipway advance go', { id: 7 })
  expect(bot.state().stageIndex).toBe(1)
  expect(reactions()).toEqual(['+1', '+1'])
})

it('a comment that is gone is not answered for ever', async () => {
  bot.deleted.add(900)
  await bot.comment('/slipway pause')
  expect(phase()).toBe('paused')
  expect(await bot.world.stores.inbox.pending(10)).toEqual([])
})

it.each(['gone', 'invalid', 'forbidden'] as const)(
  'an answer that is %s for a while comes later',
  async (kind) => {
    bot.failing = { kind, message: 'no', retryAt: null }
    await bot.comment('/slipway help')
    expect(bot.said).toEqual([])
    bot.failing = null
    bot.world.clock.pass(600_000)
    await bot.deliver('ping', { repository: hookRepository() })
    expect(reactions()).toEqual(['+1'])
    expect(comments()).toHaveLength(1)
  },
)

it('a command that was refused and could not be told so is not carried out later', async () => {
  const { upsertComment } = bot.world.forge.forge
  bot.permissions.wim = 'read'
  Object.assign(bot.world.forge.forge, {
    upsertComment: async () => ({ ok: false, failure: { kind: 'broken', message: '502', retryAt: null } }),
  })
  await bot.comment('/slipway pause look first', { login: 'wim' })
  expect(reactions()).toEqual(['-1'])
  Object.assign(bot.world.forge.forge, { upsertComment })
  // Meanwhile it would be allowed.
  bot.permissions.wim = 'write'
  bot.world.clock.pass(600_000)
  await bot.deliver('ping', { repository: hookRepository() })
  expect(phase()).toBe('staged')
  expect(reactions()).toEqual(['-1', '-1'])
  expect(comments()).toHaveLength(1)
})

it('a command waits in the inbox while GitHub cannot say who may do what', async () => {
  bot.failing = { kind: 'broken', message: '503', retryAt: null }
  await bot.comment('/slipway rollback')
  expect(phase()).toBe('staged')
  bot.failing = null
  bot.world.clock.pass(3_600_000)
  await bot.deliver('ping', { repository: hookRepository() })
  expect(phase()).toBe('rolled-back')
})

describe('a version after the word', () => {
  it('of another release is refused, and nothing is taken back', async () => {
    await bot.comment('/slipway rollback 1.0.0', { id: 1 })
    await bot.comment('/slipway rollback demo@1.0.0 it breaks', { id: 2 })
    expect(phase()).toBe('staged')
    expect(reactions()).toEqual(['confused', 'confused'])
    expect(comments()[0]).toMatchInlineSnapshot(
      `"\`/slipway rollback\` was not carried out. target: got "1.0.0", expected \`npm:demo@1.1.0\`, which this is about, or another release by its whole id, such as \`npm:demo@1.1.0\`"`,
    )
  })

  it('of this one is what the command is about', async () => {
    await bot.comment('/slipway pause v1.1.0, it breaks', { id: 1 })
    expect(phase()).toBe('paused')
    expect(bot.state().transitions.at(-1)?.reason).toBe('it breaks (comment 1)')
  })

  it('elsewhere names the only release of this repository that has it', async () => {
    await bot.comment('/slipway pause 1.1.0 it breaks', { id: 1, issue: 77 })
    expect(phase()).toBe('paused')
    await bot.comment('/slipway resume 9.9.9', { id: 2, issue: 77 })
    expect(phase()).toBe('paused')
    expect(comments()).toMatchObject([expect.stringContaining('target: got "9.9.9"')])
  })
})
