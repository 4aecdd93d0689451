import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apiUrl, expectValid, fakeGithub, lib, testForge } from '../fake-github.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

const sha = 'a'.repeat(40)
const key = 'ro-aaaaaaaaaaaaaaaa/check-run/a/0'
const at = Date.UTC(2026, 10, 20)
const check = {
  commit: sha,
  key,
  name: 'Slipway: npm:demo@1.1.0',
  title: 'Staged at 0 %',
  summary: 'words',
  url: 'https://slipway.test/rollouts/x',
  conclusion: null,
  startedAt: at,
  completedAt: null,
  knownId: null,
}
const deployment = {
  commit: sha,
  key,
  environment: 'slipway/npm/demo/25',
  description: 'words',
  url: 'https://slipway.test/rollouts/x',
  state: 'in_progress' as const,
  everybody: false,
  knownId: null,
}
const list = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs'
const post = 'POST /repos/{owner}/{repo}/check-runs'
const patch = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}'
const deployments = 'GET /repos/{owner}/{repo}/deployments'
const deploy = 'POST /repos/{owner}/{repo}/deployments'
const setState = 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses'
const done = (body: unknown, status = 200) => ({ status, body })
const operations = (github: ReturnType<typeof fakeGithub>) =>
  github.sent.map(({ operation }) => operation).filter((name) => !name.includes('access_tokens'))

describe('the check run', () => {
  it('is made once, with a token for checks only', async () => {
    const github = fakeGithub({
      [list]: done({ total_count: 0, check_runs: [] }),
      [post]: done({ id: 5 }, 201),
    })
    expect(await testForge().putCheckRun(lib, check)).toEqual({ ok: true, value: { id: 5 } })
    expect(operations(github)).toEqual([list, post])
    expect(github.sent[0]?.body).toEqual({ repository_ids: [11], permissions: { checks: 'write' } })
    expect(github.sent.at(-1)?.body).toMatchObject({ head_sha: sha, external_id: key, status: 'in_progress' })
    expectValid(github)
  })

  it('that a former process made is found by its key, and no other', async () => {
    const others = {
      total_count: 2,
      check_runs: [
        { id: 4, external_id: 'else' },
        { id: 5, external_id: key },
      ],
    }
    const github = fakeGithub({ [list]: done(others), [patch]: done({ id: 5 }) })
    const ended = { ...check, conclusion: 'failure' as const, completedAt: at + 1000 }
    expect(await testForge().putCheckRun(lib, ended)).toEqual({ ok: true, value: { id: 5 } })
    expect(operations(github)).toEqual([list, patch])
    const said = { status: 'completed', conclusion: 'failure', completed_at: '2026-11-20T00:00:01.000Z' }
    expect(github.sent.at(-1)?.body).toMatchObject(said)
    expectValid(github)
  })

  it('that is known is edited without a search; one that is gone is made again', async () => {
    const known = fakeGithub({ [patch]: done({ id: 5 }) })
    await testForge().putCheckRun(lib, { ...check, knownId: 5 })
    expect(operations(known)).toEqual([patch])
    nock.cleanAll()
    const lost = fakeGithub({
      [list]: done({ total_count: 0, check_runs: [] }),
      [post]: done({ id: 6 }, 201),
    })
    expect(await testForge().putCheckRun(lib, { ...check, knownId: 5 })).toEqual({
      ok: true,
      value: { id: 6 },
    })
    expect(operations(lost)).toEqual([patch, list, post])
  })

  it('that may not be made says so', async () => {
    fakeGithub({ [list]: done({ message: 'Resource not accessible by integration' }, 403) })
    expect(await testForge().putCheckRun(lib, check)).toMatchObject({ failure: { kind: 'forbidden' } })
  })
})

describe('a deployment', () => {
  it('asks for no checks and no merge, and gets its state', async () => {
    const github = fakeGithub({
      [deployments]: done([]),
      [deploy]: done({ id: 7 }, 201),
      [setState]: done({ id: 1 }, 201),
    })
    expect(await testForge().putDeployment(lib, deployment)).toEqual({ ok: true, value: { id: 7 } })
    expect(operations(github)).toEqual([deployments, deploy, setState])
    const body = github.sent.find(({ operation }) => operation === deploy)?.body
    expect(body).toMatchObject({
      ref: sha,
      required_contexts: [],
      auto_merge: false,
      payload: { slipway: key },
    })
    expect(github.sent.at(-1)?.body).toMatchObject({ state: 'in_progress' })
    expectValid(github)
  })

  it.each([
    ['an object', { slipway: key }],
    ['JSON text', JSON.stringify({ slipway: key })],
  ])('that a former process made is found by its payload as %s', async (_, payload) => {
    const all = [
      { id: 3, payload: '' },
      { id: 4, payload: { slipway: 'else' } },
      { id: 7, payload },
    ]
    const github = fakeGithub({ [deployments]: done(all), [setState]: done({ id: 1 }, 201) })
    expect(await testForge().putDeployment(lib, deployment)).toEqual({ ok: true, value: { id: 7 } })
    expect(operations(github)).toEqual([deployments, setState])
  })

  it('that is known only gets its state; one that is gone is made again', async () => {
    const known = fakeGithub({ [setState]: done({ id: 1 }, 201) })
    await testForge().putDeployment(lib, { ...deployment, state: 'success', knownId: 7 })
    expect(operations(known)).toEqual([setState])
    nock.cleanAll()
    const lost = fakeGithub({
      [deployments]: done([]),
      [deploy]: done({ id: 8 }, 201),
      [setState]: [done({ message: 'Not Found' }, 404), done({ id: 1 }, 201)],
    })
    const again = await testForge().putDeployment(lib, { ...deployment, knownId: 7 })
    expect(again).toEqual({ ok: true, value: { id: 8 } })
    expect(operations(lost)).toEqual([setState, deployments, deploy, setState])
  })

  it('whose payload is broken text is none of ours', async () => {
    const github = fakeGithub({
      [deployments]: done([{ id: 3, payload: '{broken' }]),
      [deploy]: done({ id: 8 }, 201),
      [setState]: done({ id: 1 }, 201),
    })
    expect(await testForge().putDeployment(lib, deployment)).toEqual({ ok: true, value: { id: 8 } })
    expectValid(github)
  })
})

describe('open pull requests', () => {
  const pulls = 'GET /repos/{owner}/{repo}/pulls'
  const files = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files'
  const pull = (number: number, changed: number) => ({ number, updated_at: new Date(changed).toISOString() })

  it('are read until they are older than what is asked for', async () => {
    const first = Array.from({ length: 100 }, (_, index) => pull(index + 1, at + 10_000 - index))
    const github = fakeGithub({ [pulls]: [done(first), done([pull(101, at + 1), pull(102, at - 1)])] })
    const found = await testForge().openPullRequests(lib, at)
    expect(found.ok && found.value).toHaveLength(101)
    expect(github.sent.at(-1)?.path).toContain('page=2')
    expectValid(github)
  })

  it('say what they change, and where GitHub shows no diff', async () => {
    const changed = [{ filename: 'package.json', patch: '@@' }, { filename: 'package-lock.json' }]
    const github = fakeGithub({ [files]: done(changed) })
    expect(await testForge().pullRequestFiles(lib, 4)).toEqual({
      ok: true,
      value: [
        { path: 'package.json', patch: '@@' },
        { path: 'package-lock.json', patch: null },
      ],
    })
    expectValid(github)
  })
})

describe('the answer to a deployment that waits', () => {
  // The cut of GitHub's description is without this route; its types (@octokit/openapi-types) hold path and body.
  it.each([
    ['approved', { environment_name: 'live', state: 'approved', comment: 'so far' }],
    [null, { environment_name: 'live', comment: 'so far' }],
  ] as const)('%s', async (answer, sent) => {
    const route = `/repos/${lib.fullName}/actions/runs/7/deployment_protection_rule`
    const bodies: unknown[] = []
    nock(apiUrl)
      .post(/access_tokens$/)
      .reply(201, { token: 'ghs_test', expires_at: '2099-01-01T00:00:00Z' })
    nock(apiUrl)
      .post(route, (body: unknown) => bodies.push(body) > 0)
      .reply(204)
    const review = { environment: 'live', answer, comment: 'so far' }
    expect(await testForge().reviewDeployment(lib, 7, review)).toMatchObject({ ok: true })
    expect(bodies).toEqual([sent])
  })
})
