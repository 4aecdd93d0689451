import { afterEach, beforeEach, expect, it } from 'vitest'
import { noticeText, updatePullRequestText } from '../../../src/github/words/dependent-words.ts'
import { issueText, issueTitle, pullRequestText, transitionText } from '../../../src/github/words/messages.ts'
import { checkRunText, deploymentText } from '../../../src/github/words/release-words.ts'
import { type BotWorld, createBotWorld, hookRepository } from '../../bot/bot-world.ts'
import { acting, live } from '../paper-world.ts'

const note = [
  '@everyone this fixes #1, closes acme/lib#2 and resolves GH-3',
  '<!-- slipway:end --> <img src="https://evil.test/p.png">',
  '| a | [free](https://evil.test) ![x](https://evil.test/x.png)',
  '\u202eevil\u202c deadbeefdeadbeef `code` **bold**',
].join('\n')

let bot: BotWorld
beforeEach(async () => {
  bot = await createBotWorld()
})
afterEach(() => bot.close())

it('a release note mentions @everyone, and nobody is called', async () => {
  const release = { tag_name: 'v1.1.0', name: note, body: note, draft: false, prerelease: false }
  const hook = { repository: hookRepository(), installation: { id: 1 } }
  bot.world.forge.repositories.get('1')?.tags.set('v1.1.0', 'b'.repeat(40))
  await bot.deliver('release', { action: 'published', release, ...hook })
  const issue = {
    number: 9,
    title: note,
    state: 'open',
    labels: [{ name: 'release-blocker' }],
    updated_at: new Date(bot.world.clock.now()).toISOString(),
  }
  await bot.deliver('issues', { action: 'opened', issue, ...hook })
  await bot.comment(`/slipway pause ${note.replaceAll('\n', ' ')}`, { login: 'ana', id: 1 })
  await bot.comment(`/slipway ${note.replaceAll('\n', ' ')}`, { login: 'stranger', id: 2 })
  await bot.comment(`/slipway retry ${note.replaceAll(/\s/g, '')}`, { login: 'ana', id: 3 })
  await bot.comment('/slipway why', { login: 'ana', id: 4 })

  const state = bot.state()
  expect(state.pausedSince).not.toBeNull()
  const explanation = bot.world.engine.explain(state)
  const now = bot.world.clock.now()
  const links = { page: `https://slipway.test/rollouts/${state.id}`, trackingIssue: null }
  const stage = explanation.stages[0]
  if (stage === undefined) throw new Error('no stage')
  const had = { canary: true, pullRequests: [], shown: false }
  const texts = [
    issueTitle(explanation),
    issueText(explanation, links, now),
    pullRequestText(explanation, links, now),
    updatePullRequestText(explanation, 'npm:demo@1.1.0', links.page, now),
    noticeText(explanation, had, links.page, now),
    checkRunText(explanation, links, now).summary,
    deploymentText(explanation, stage, 'in_progress').description,
    ...explanation.history.map(({ version }) => transitionText(explanation, version, now) ?? ''),
    ...bot.said.flatMap((said) => ('comment' in said ? [said.comment] : [])),
  ]
  expect(texts.join('\n')).toContain('everyone')
  for (const text of texts) expect(acting(text.replace('Release npm:demo@1.1.0', ''))).not.toMatch(live)
})

it.each([
  'hi @everyone',
  'see #12',
  'GH-3',
  'http://evil.test',
  'www.evil.test',
  '<img>',
  'a\u202eb',
  'a\u001b[31m',
])('the check itself finds %j', (text) => expect(acting(text)).toMatch(live))
