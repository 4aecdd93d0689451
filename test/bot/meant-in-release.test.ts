/** What the notes of a GitHub release call meant. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canaryId } from '../engine/world.ts'
import { type BotWorld, createBotWorld, hookRepository } from './bot-world.ts'

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

const notes = '## 1.1.0\n\n- meant: name-removed: demo:old\n- meant: this is prose\n'
const delivery = (action: 'published' | 'edited', login: string, change: object = {}) => ({
  action,
  release: {
    tag_name: 'v1.1.0',
    body: notes,
    draft: false,
    prerelease: false,
    author: { login: 'ana', type: 'User' },
    ...change,
  },
  repository: hookRepository(),
  sender: { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' },
  installation: { id: 1 },
})
const answers = () => bot.state().findingAnswers

describe('meant in the notes of a release', () => {
  it('answers beforehand, by who published it, with what they may now', async () => {
    await bot.deliver('release', delivery('published', 'wim'))
    expect(answers()).toMatchObject([
      {
        code: 'name-removed',
        what: 'demo:old',
        by: 'wim',
        permission: 'write',
        reason: 'said in the notes of the release v1.1.0',
      },
    ])
  })

  it('answers what was asked meanwhile, when the notes are edited, by who edits them', async () => {
    await bot.deliver('release', delivery('published', 'ana', { body: 'Nothing to say.' }))
    expect(answers()).toEqual([])
    await bot.deliver('release', delivery('edited', 'ana'))
    await bot.deliver('release', delivery('edited', 'ana', { body: `${notes}\nA word more.` }))
    expect(answers()).toMatchObject([{ by: 'ana', permission: 'maintain' }])
  })

  it.each([
    ['of a stranger', delivery('edited', 'eve')],
    ['of a bot', delivery('edited', 'release-please[bot]')],
    ['of another tag', delivery('edited', 'ana', { tag_name: 'v9.9.9' })],
    ['of another repository', { ...delivery('edited', 'ana'), repository: hookRepository(canaryId) }],
    ['that was published by nobody known', { ...delivery('published', 'ana'), sender: undefined }],
  ])('%s answers nothing', async (_, payload) => {
    await bot.deliver('release', payload)
    expect(answers()).toEqual([])
  })
})
