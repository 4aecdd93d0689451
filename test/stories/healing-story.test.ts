import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 30d }
      - { percent: 100, bake: 1h }
`

let story: GithubWorld
/** The one tracking issue there is; a second one would be a duplicate. */
const only = async () => {
  const [issue, ...others] = await story.issues()
  expect(others).toEqual([])
  if (issue === undefined) throw new Error('there is no tracking issue')
  return issue
}
const writes = () =>
  [...story.rig.github.operations()]
    .filter(([name]) => !name.startsWith('GET ') && !name.endsWith('/access_tokens'))
    .reduce((sum, [, count]) => sum + count, 0)
const withoutTimes = (body = '') =>
  body.replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC|\(in [^)]*\)/g, 'TIME')

beforeAll(async () => {
  story = await createGithubWorld(policy)
  await story.release('1.1.0')
  await story.pass(1000)
})
afterAll(() => story.close())

it('a block that was edited by hand is put right; what people wrote around it stays', async () => {
  const { number, body } = await only()
  const edited = `Our notes.\n\n${body.replace('50 %', '100 %').replace('### Gates', '### Nothing to see')}\n\nSee also the wiki.`
  await story.rig.github.edits.edit('acme/lib', number, { body: edited })
  await story.settled()
  const mended = await only()
  expect(withoutTimes(mended.body)).toBe(withoutTimes(`Our notes.\n\n${body}\n\nSee also the wiki.`))
})

it('an issue that somebody closed stays closed, a label that somebody took is set again', async () => {
  const { number, labels } = await only()
  await story.rig.github.edits.edit('acme/lib', number, { state: 'closed' })
  await story.settled()
  expect(await only()).toMatchObject({ number, state: 'closed' })
  await story.rig.github.edits.edit('acme/lib', number, { state: 'open' })
  await story.settled()
  await story.rig.github.labelIssue('acme/lib', number, 'mine')
  await story.rig.github.edits.unlabel('acme/lib', number, 'slipway:rolling')
  await story.settled()
  expect([...(await only()).labels].sort()).toEqual([...labels, 'mine'].sort())
})

it('a transition comment that somebody deleted is posted again, once', async () => {
  const { comments } = await only()
  const [comment] = comments
  await story.rig.github.edits.deleteComment('acme/lib', comment?.id ?? 0)
  await story.settled()
  await story.settled()
  const mended = await only()
  expect(mended.comments).toHaveLength(comments.length)
  expect(withoutTimes(mended.comments[0]?.body)).toBe(withoutTimes(comment?.body))
  expect(mended.comments[0]?.id).not.toBe(comment?.id)
})

it('what is whole is not written again', async () => {
  const before = writes()
  await story.pass(60_000)
  expect(writes()).toBe(before)
})

it('a tracking issue that is deleted is opened anew, with its comments', async () => {
  const { number, comments } = await only()
  await story.rig.github.edits.deleteIssue('acme/lib', number)
  await story.settled()
  await story.settled()
  const anew = await only()
  expect(anew.number).not.toBe(number)
  expect(anew.comments).toHaveLength(comments.length)
})

it.each([
  ['deleted', 'open', (number: number) => story.rig.github.edits.deleteIssue('acme/lib', number, false)],
  [
    'closed, without its labels and its block',
    'closed',
    async (number: number) => {
      story.rig.github.setWebhook(null)
      await story.rig.github.edits.edit('acme/lib', number, { body: 'gone', state: 'closed' })
      await story.rig.github.edits.unlabel('acme/lib', number, 'slipway')
    },
  ],
])('without its webhook, an issue that is %s comes right within a day', async (_, state, harm) => {
  const { title, labels, body } = await only()
  await harm((await only()).number)
  await story.settled()
  for (let hour = 0; hour < 25; hour += 1) await story.pass(3_600_000)
  const mended = await only()
  expect(mended).toMatchObject({ title, state })
  expect([...mended.labels].sort()).toEqual(labels.filter((label) => label !== 'mine').sort())
  expect(mended.body).toContain(body.slice(body.indexOf('### How'), body.indexOf('### Releases')))
})

it('asked GitHub nothing that GitHub would not take', () => {
  expect(story.rig.github.violations()).toEqual([])
})
