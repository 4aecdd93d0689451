import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BotWorld, createBotWorld } from '../../bot/bot-world.ts'
import { canaryId } from '../../engine/world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
  // Slipway's own comment stands on this pull request of the dependent, so the rollout is found from it.
  await bot.world.stores.effects.put({
    key: `${bot.state().id}/pull-request-comment/${canaryId}#77/0`,
    digest: 'x',
    place: { repositoryId: canaryId, issue: 77, comment: 5 },
    at: 0,
  })
})
afterEach(() => bot.close())

const there = { repositoryId: canaryId, issue: 77 }
const answers = () => bot.said.flatMap((said) => ('comment' in said ? [said.comment] : []))

describe("a dependent's maintainer types /slipway advance in their own pull request", () => {
  it.each(['ana', 'wim'])(
    'and %s, who may do anything there, moves nothing and is told why',
    async (login) => {
      const before = bot.state()
      await bot.comment('/slipway advance we want it', { ...there, login })
      expect(bot.state()).toEqual(before)
      expect(bot.said[0]).toEqual({ reaction: '-1' })
      expect(answers()[0]).toContain('advance counts only in the repository that owns the package')
      expect(answers()[0]).toContain('status, why, help, and hold')
    },
  )

  it.each(['rollback', 'approve', 'pause', 'resume', 'waive acme/app we know', 'retry acme/app'])(
    'nor does /slipway %s, also with the release named',
    async (words) => {
      const before = bot.state()
      const [word = '', ...rest] = words.split(' ')
      await bot.comment(`/slipway ${words}`, { ...there, id: 1 })
      await bot.comment(`/slipway ${word} npm:demo@1.1.0 ${rest.join(' ')}`, { ...there, id: 2 })
      await bot.comment(`/slipway ${word} ${before.id} ${rest.join(' ')}`, { ...there, id: 3 })
      expect(bot.state()).toEqual(before)
      expect(bot.said.filter((said) => 'reaction' in said && said.reaction === '+1')).toEqual([])
    },
  )

  it('a repository that took the name of the owner is still another one', async () => {
    const before = bot.state()
    const comment = { id: 9, body: '/slipway advance', user: { login: 'ana', type: 'User' } }
    const repository = { id: 666, full_name: 'acme/lib', private: false, default_branch: 'main' }
    const payload = { action: 'created', comment, issue: { number: 4 }, repository, installation: { id: 1 } }
    await bot.deliver('issue_comment', { ...payload, sender: comment.user })
    expect(bot.state()).toEqual(before)
  })

  it('a comment that claims to be ours, or is edited into a command, is not heard', async () => {
    const before = bot.state()
    const forged = `<!-- slipway:answer 1 -->\n/slipway advance`
    await bot.comment(forged, { type: 'Bot' })
    await bot.comment('/slipway advance', { action: 'edited' })
    expect(bot.state()).toEqual(before)
    expect(bot.said).toEqual([])
  })
})
