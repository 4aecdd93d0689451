import { beforeAll, describe, expect, it } from 'vitest'
import { type Message, patched, patches } from './patches.ts'
import { startRig } from './rig.ts'
import { GithubSchema } from './schema.ts'

const schema = new GithubSchema()
const messages: Message[] = []

function problems(message: Message, except?: string): string[] {
  const body = patched(message, except)
  if (message.kind === 'webhook') return schema.checkWebhook(message.name, body)
  const [method = '', template = ''] = message.name.split(' ')
  const operation = { name: message.name, method, template, params: {} }
  return schema.checkReply(operation, message.status, body)
}

/** Everything that the emulator says in a story of every kind of message that Slipway asks for or is sent. */
beforeAll(async () => {
  const rig = await startRig({ observe: (message) => messages.push(structuredClone(message)) })
  const { github, call } = rig
  await github.createRepository({ fullName: 'acme/lib', files: { a: '1' } })
  const token = await rig.installationToken('acme', { repositories: ['lib'] })
  const app = await rig.appToken()
  const base = '/repos/acme/lib'
  await call('GET', '/app', undefined, app)
  await call('GET', '/app/installations', undefined, app)
  await call('GET', `${base}/installation`, undefined, app)
  await call('GET', base, undefined, token)
  await call('GET', `${base}/contents/a`, undefined, token)
  const { body: issue } = await call('POST', `${base}/issues`, { title: 'Rollout', body: 'x' }, token)
  const path = `${base}/issues/${issue.number}`
  await call('PATCH', path, { title: 'Other', body: 'y' }, token)
  const { body: comment } = await call('POST', `${path}/comments`, { body: 'x' }, token)
  await call('PATCH', `${base}/issues/comments/${comment.id}`, { body: 'y' }, token)
  await call('GET', `${path}/comments`, undefined, token)
  await call('POST', `${path}/labels`, { labels: ['a'] }, token)
  await call('PUT', `${path}/labels`, { labels: ['b'] }, token)
  await call('GET', '/search/issues?q=repo:acme/lib+x', undefined, token)
  await github.pullRequest('acme/lib', { title: 'Fix', files: { b: '2' }, branch: 'fix' })
  await call('GET', `${base}/pulls/2`, undefined, token)
  await call('GET', `${base}/pulls?state=all`, undefined, token)
  await github.publishRelease('acme/lib', { tag: 'v1' })
  await call('GET', `${base}/releases/tags/v1`, undefined, token)
  await call('GET', `${base}/compare/v1...main`, undefined, token)
  const { body: commit } = await call('GET', `${base}/commits/main`, undefined, token)
  const output = { title: 'Staged', summary: 'x' }
  const when = { started_at: new Date().toISOString(), details_url: 'https://slipway.test/' }
  const check = { name: 'Slipway', head_sha: commit.sha, status: 'in_progress', output, ...when }
  await call('POST', `${base}/check-runs`, check, token)
  await call('PATCH', path, { state: 'closed' }, token)
  await github.settled()
  expect(github.violations()).toEqual([])
  await rig.close()
})

describe('what the emulator says otherwise than GitHub', () => {
  it('is put right by the patches together', () => {
    expect(messages.length).toBeGreaterThan(25)
    for (const message of messages)
      expect({ name: message.name, problems: problems(message) }).toMatchObject({ problems: [] })
  })

  it.each(patches.map((patch) => [patch.name, patch]))('%s is needed', (name, patch) => {
    expect(patch.reason.length).toBeGreaterThan(20)
    const failing = messages.filter((message) => problems(message, name).length > 0)
    expect(failing.length).toBeGreaterThan(0)
  })

  it('is not touched where nothing is wrong', () => {
    const whole = messages.filter((message) => message.name === 'GET /repos/{owner}/{repo}/contents/{path}')
    expect(whole.length).toBe(1)
    for (const message of whole) expect(patched(message)).toEqual(message.body)
  })
})
