/** What becomes of the release and the tag that a live rollout came from. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryId, ownerId, ownersFile } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const repository = hookRepository()
const about = (action: string, tag = 'v1.1.0', id = ownerId) => ({
  action,
  release: { tag_name: tag, draft: false, prerelease: false, target_commitish: 'main' },
  repository: hookRepository(id),
  installation: { id: 1 },
})
const push = (ref: string) => ({ ref, forced: true, commits: [], repository, installation: { id: 1 } })
const tags = () => bot.world.forge.repositories.get(ownerId)?.tags
const explained = () => bot.world.engine.explain(bot.state())

describe('the release of a live rollout on GitHub', () => {
  it('holds it when somebody deletes it, naming what lets it go, and lets go when it is back', async () => {
    await bot.deliver('release', about('deleted'))
    expect(explained()).toMatchObject({ phase: 'held' })
    expect(explained().sentence).toMatch(
      /The release v1\.1\.0 was deleted on GitHub at .* dismisses release-deleted\./,
    )
    await bot.deliver('release', about('published'))
    expect(explained().phase).toBe('staged')
  })

  it('goes on when a maintainer says that it does not matter', async () => {
    await bot.deliver('release', about('unpublished'))
    await bot.comment('/slipway dismiss release-deleted it was a draft by mistake', { login: 'ana' })
    expect(bot.state().dismissals).toMatchObject([{ code: 'release-deleted', by: 'ana' }])
    bot.world.clock.pass(1000)
    await bot.world.engine.tick()
    expect(explained().phase).not.toBe('held')
  })

  it.each([
    ['of another tag', about('deleted', 'v1.0.0')],
    ['of another repository', about('deleted', 'v1.1.0', canaryId)],
    ['that is edited', about('edited')],
  ])('%s holds nothing', async (_, payload) => {
    await bot.deliver('release', payload)
    expect(bot.state().forgeRelease).toBeNull()
  })
})

describe('the tag of a live rollout', () => {
  it('that is moved is told, and holds nothing: the files stay', async () => {
    expect(bot.state().origin).toMatchObject({ tag: 'v1.1.0', commit: 'head' })
    tags()?.set('v1.1.0', 'somewhere-else')
    await bot.deliver('push', push('refs/tags/v1.1.0'))
    expect(explained().phase).toBe('staged')
    expect(explained().notes).toEqual([
      expect.stringMatching(/^The tag v1\.1\.0 was moved to somewhere-el, seen at .* from head, and stay\.$/),
    ])
    const { version } = bot.state()
    await bot.deliver('push', push('refs/tags/v1.1.0'))
    expect(bot.state().version).toBe(version)
  })

  it('that is deleted is told', async () => {
    tags()?.delete('v1.1.0')
    await bot.deliver('push', push('refs/tags/v1.1.0'))
    expect(explained().notes[0]).toContain('The tag v1.1.0 was deleted')
  })

  it('that is pushed as it was, or another one, is worth no event', async () => {
    const { version } = bot.state()
    await bot.deliver('push', push('refs/tags/v1.1.0'))
    await bot.deliver('push', push('refs/tags/v9.9.9'))
    await bot.deliver('push', push('refs/heads/main'))
    expect(bot.state().version).toBe(version)
  })
})

describe('the tags of a repository’s own file', () => {
  it('name the release that a published tag is about, and the commit of one that comes without', async () => {
    const world = bot.world
    world.forge.add(ownerId, 'acme/lib', {
      '.github/slipway.yml': ownersFile.replace(
        '- package: npm:demo',
        '- package: npm:demo\n    tags: ["cut/{version}/final"]',
      ),
    })
    tags()?.set('cut/1.2.0/final', 'c0ffee')
    await world.upload('npm:demo@1.2.0')
    expect(world.engine.find('npm:demo@1.2.0')?.origin).toMatchObject({
      tag: 'cut/1.2.0/final',
      commit: 'c0ffee',
    })
  })
})
