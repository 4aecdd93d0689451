import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectValid, fakeGithub, lib, type Reply, start, testForge } from '../fake-github.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

const ok = (body: unknown): Reply => ({ status: 200, body })
const bot = { type: 'Bot', login: 'slipway[bot]' }
const mint = 'POST /app/installations/{installation_id}/access_tokens'
const dispatches = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'

describe('tokens', () => {
  it('are minted for one repository with the permissions of the call', async () => {
    const github = fakeGithub({ [dispatches]: ok({ workflow_run_id: 5, run_url: 'u', html_url: 'h' }) })
    await testForge().dispatch(lib, 'ci.yml', 'main', { slipway: '{}' })
    expect(github.sent[0]).toMatchObject({
      operation: mint,
      body: { repository_ids: [11], permissions: { actions: 'write' } },
    })
    expect(github.sent[0]?.authorization).toMatch(/^bearer ey/i)
    expect(github.sent[1]?.authorization).toBe('token ghs_test')
    expectValid(github)
  })

  it('are kept for the same scope until shortly before they expire, never for another one', async () => {
    let now = start
    const github = fakeGithub({ 'GET /repos/{owner}/{repo}/commits/{ref}': ok({ sha: 'abc' }) })
    const forge = testForge({ now: () => now })
    const minted = () => github.sent.filter((sent) => sent.operation === mint).length
    await forge.commitOf(lib, 'v1')
    await forge.commitOf(lib, 'v2')
    expect(minted()).toBe(1)
    await forge.commitOf({ ...lib, id: '12' }, 'v1')
    await forge.issue(lib, 1)
    expect(minted()).toBe(3)
    now += 56 * 60_000
    await forge.commitOf(lib, 'v1')
    expect(minted()).toBe(4)
  })

  it('that GitHub no longer takes are minted anew once', async () => {
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/commits/{ref}': [
        { status: 401, body: { message: 'Bad credentials' } },
        ok({ sha: 'abc' }),
      ],
    })
    expect(await testForge().commitOf(lib, 'v1')).toEqual({ ok: true, value: 'abc' })
    expect(github.sent.filter((sent) => sent.operation === mint)).toHaveLength(2)
  })

  it('that cannot be minted are a failure', async () => {
    fakeGithub({ [mint]: { status: 422, body: { message: 'The permissions requested are not granted' } } })
    expect(await testForge().commitOf(lib, 'v1')).toMatchObject({ ok: false, failure: { kind: 'invalid' } })
  })
})

describe('failures', () => {
  const reset = String((start + 120_000) / 1000)
  it.each([
    ['404', { status: 404 }, 'gone', null],
    ['410', { status: 410 }, 'gone', null],
    ['403', { status: 403 }, 'forbidden', null],
    [
      'the hourly limit',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
      'limited',
      start + 120_000,
    ],
    ['a secondary limit', { status: 403, headers: { 'retry-after': '30' } }, 'limited', start + 30_000],
    [
      'a secondary limit without a time',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit' } },
      'limited',
      start + 60_000,
    ],
    [
      '429',
      { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
      'limited',
      start + 120_000,
    ],
    ['422', { status: 422 }, 'invalid', null],
    ['500', { status: 500 }, 'broken', null],
    ['502', { status: 502 }, 'broken', null],
  ] as const)('%s', async (_, reply, kind, retryAt) => {
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/commits/{ref}': { body: { message: 'no' }, ...reply },
    })
    const found = await testForge().commitOf(lib, 'v1')
    expect(found).toMatchObject({ ok: false, failure: { kind, retryAt } })
    expect(github.sent.filter((sent) => sent.operation.includes('commits'))).toHaveLength(1)
  })

  it.each([
    ['a line that breaks', (request: IncomingMessage) => request.socket.destroy()],
    ['no answer in time', () => {}],
  ])('%s', async (_, listener) => {
    nock.enableNetConnect('127.0.0.1')
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const found = await testForge({ apiUrl: `http://127.0.0.1:${port}`, timeoutMs: 200 }).repository(
      'acme/lib',
    )
    server.closeAllConnections()
    server.close()
    expect(found).toMatchObject({ ok: false, failure: { kind: 'broken', retryAt: null } })
  })
})

describe('dispatch', () => {
  it('asks for the run and answers it', async () => {
    const github = fakeGithub({ [dispatches]: ok({ workflow_run_id: 5, run_url: 'u', html_url: 'h' }) })
    const started = await testForge().dispatch(lib, 'ci.yml', 'main', { slipway: '{}' })
    expect(started).toEqual({ ok: true, value: { runId: 5, url: 'h' } })
    expect(github.sent.at(-1)?.body).toEqual({
      ref: 'main',
      inputs: { slipway: '{}' },
      return_run_details: true,
    })
  })

  it.each([400, 422])('asks an older server, which answers %i, once without run details', async (status) => {
    const github = fakeGithub({
      [dispatches]: [{ status, body: { message: 'return_run_details' } }, { status: 204 }],
    })
    const started = await testForge().dispatch(lib, 'ci.yml', 'main', { slipway: '{}' })
    expect(started).toEqual({ ok: true, value: { runId: null, url: null } })
    expect(github.sent.at(-1)?.body).toEqual({ ref: 'main', inputs: { slipway: '{}' } })
    expectValid(github)
  })

  it('gives up when the workflow itself is refused', async () => {
    const github = fakeGithub({
      [dispatches]: { status: 422, body: { message: 'no workflow_dispatch trigger' } },
    })
    expect(await testForge().dispatch(lib, 'ci.yml', 'main', {})).toMatchObject({
      ok: false,
      failure: { kind: 'invalid' },
    })
    expect(github.sent.filter((sent) => sent.operation === dispatches)).toHaveLength(2)
  })

  it('is never posted again blindly: a run that may have started is looked for first', async () => {
    const runs = 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs'
    const github = fakeGithub({
      [dispatches]: [
        { status: 502, body: { message: 'Bad Gateway' } },
        ok({ workflow_run_id: 6, run_url: 'u', html_url: 'h6' }),
      ],
      [runs]: ok({
        total_count: 1,
        workflow_runs: [{ id: 5, html_url: 'h5', display_title: 'slipway n0nce' }],
      }),
    })
    const forge = testForge()
    expect(await forge.dispatch(lib, 'ci.yml', 'main', {}, 'n0nce')).toMatchObject({
      ok: false,
      failure: { kind: 'broken' },
    })
    expect(await forge.dispatch(lib, 'ci.yml', 'main', {}, 'n0nce')).toEqual({
      ok: true,
      value: { runId: 5, url: 'h5' },
    })
    expect(github.sent.filter((sent) => sent.operation === dispatches)).toHaveLength(1)
    expectValid(github)
  })
})

describe('issues and comments', () => {
  const issue = { title: 't', body: 'b', labels: ['slipway'], marker: '<!-- m -->' }

  it('an issue that carries the marker is not created again', async () => {
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/issues': ok([
        { number: 4, html_url: 'u4', body: 'x <!-- m -->', user: bot },
      ]),
    })
    const value = { number: 4, url: 'u4', found: true }
    expect(await testForge().createIssue(lib, issue)).toEqual({ ok: true, value })
    expect(github.sent.map((sent) => sent.operation)).not.toContain('POST /repos/{owner}/{repo}/issues')
    expectValid(github)
  })

  it('a marker that a person pasted does not count', async () => {
    const person = { type: 'User', login: 'mallory' }
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/issues': ok([
        { number: 4, html_url: 'u4', body: '<!-- m -->', user: person },
      ]),
      'POST /repos/{owner}/{repo}/issues': { status: 201, body: { number: 5, html_url: 'u5' } },
    })
    expect(await testForge().createIssue(lib, issue)).toEqual({ ok: true, value: { number: 5, url: 'u5' } })
    expect(github.sent.at(-1)?.body).toEqual({ title: 't', body: 'b', labels: ['slipway'] })
    expectValid(github)
  })

  it('a failed POST is not repeated', async () => {
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/issues': ok([]),
      'POST /repos/{owner}/{repo}/issues': { status: 500, body: { message: 'oops' } },
    })
    expect(await testForge().createIssue(lib, issue)).toMatchObject({
      ok: false,
      failure: { kind: 'broken' },
    })
    expect(github.sent.filter((sent) => sent.operation.startsWith('POST /repos'))).toHaveLength(1)
  })

  it('labels of people stay', async () => {
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/issues/{issue_number}': ok({
        body: '',
        labels: [{ name: 'help wanted' }, { name: 'slipway' }, { name: 'slipway:staged' }],
      }),
      'PATCH /repos/{owner}/{repo}/issues/{issue_number}': ok({}),
    })
    await testForge().updateIssue(lib, 4, {
      title: 'n',
      labels: ['slipway', 'slipway:rolling'],
      state: 'open',
    })
    expect(github.sent.at(-1)?.body).toEqual({
      title: 'n',
      state: 'open',
      labels: ['help wanted', 'slipway', 'slipway:rolling'],
    })
    expectValid(github)
  })

  const comments = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
  const edit = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}'
  const post = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments'

  it('a known comment is edited without a search', async () => {
    const github = fakeGithub({ [edit]: ok({ id: 9 }) })
    const done = await testForge().upsertComment(lib, 4, { body: 'b', marker: 'm', knownId: 9 })
    expect(done).toEqual({ ok: true, value: { id: 9 } })
    expect(github.sent.map((sent) => sent.operation)).toEqual([mint, edit])
    expectValid(github)
  })

  it('a comment is found on a later page and edited', async () => {
    const page = (from: number) =>
      Array.from({ length: 100 }, (_, index) => ({ id: from + index, body: 'x', user: bot }))
    const github = fakeGithub({
      [comments]: [ok(page(1)), ok([{ id: 500, body: 'm', user: bot }])],
      [edit]: ok({ id: 500 }),
    })
    expect(await testForge().upsertComment(lib, 4, { body: 'b', marker: 'm' })).toEqual({
      ok: true,
      value: { id: 500 },
    })
    expectValid(github)
  })

  it('a deleted comment is written again', async () => {
    const github = fakeGithub({ [comments]: ok([]), [post]: { status: 201, body: { id: 10 } } })
    expect(await testForge().upsertComment(lib, 4, { body: 'b', marker: 'm', knownId: 9 })).toEqual({
      ok: true,
      value: { id: 10 },
    })
    expect(github.sent.map((sent) => sent.operation)).toEqual([mint, edit, comments, post])
  })

  it('reacts', async () => {
    const github = fakeGithub({
      'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': { status: 201, body: {} },
    })
    expect(await testForge().react(lib, 9, 'confused')).toMatchObject({ ok: true })
    expect(github.sent.at(-1)?.body).toEqual({ content: 'confused' })
    expectValid(github)
  })
})

describe('open issues of a label', () => {
  const list = 'GET /repos/{owner}/{repo}/issues'
  const issue = (number: number, change: object = {}) => ({
    number,
    title: `issue ${number}`,
    labels: [{ name: 'regression' }, 'bug', {}],
    updated_at: '2026-11-20T11:00:00Z',
    ...change,
  })

  it('come from every page, without pull requests', async () => {
    const page = Array.from({ length: 100 }, (_, index) => issue(index + 1))
    const github = fakeGithub({ [list]: [ok(page), ok([issue(101), issue(102, { pull_request: {} })])] })
    const found = await testForge().openIssues(lib, 'needs a look')
    if (!found.ok) throw new Error(found.failure.message)
    expect(found.value).toHaveLength(101)
    expect(found.value.at(-1)).toEqual({
      number: 101,
      title: 'issue 101',
      labels: ['regression', 'bug'],
      updatedAt: Date.UTC(2026, 10, 20, 11),
    })
    const asked = github.sent.filter(({ operation }) => operation === list)
    expect(asked.map(({ path }) => path)).toEqual(
      [1, 2].map(
        (number) =>
          `/repos/acme/lib/issues?state=open&labels=needs a look&sort=created&direction=asc&per_page=100&page=${number}`,
      ),
    )
    expect(github.sent[0]?.body).toEqual({ repository_ids: [11], permissions: { issues: 'read' } })
    expectValid(github)
  })

  it('are none where issues are switched off, and a failure where there is no repository', async () => {
    const disabled = { [list]: { status: 410, body: { message: 'Issues are disabled for this repo' } } }
    const repository = 'GET /repos/{owner}/{repo}'
    fakeGithub({ ...disabled, [repository]: ok({ has_issues: false }) })
    expect(await testForge().openIssues(lib, 'x')).toEqual({ ok: true, value: [] })
    nock.cleanAll()
    // Said by something in between: the repository has issues, and one of them may block.
    fakeGithub({ ...disabled, [repository]: ok({ has_issues: true }) })
    expect(await testForge().openIssues(lib, 'x')).toMatchObject({ ok: false, failure: { kind: 'gone' } })
    nock.cleanAll()
    fakeGithub({})
    expect(await testForge().openIssues(lib, 'x')).toMatchObject({ ok: false, failure: { kind: 'gone' } })
  })

  it('are a failure when one page does not come', async () => {
    const page = Array.from({ length: 100 }, (_, index) => issue(index + 1))
    fakeGithub({ [list]: [ok(page), { status: 502, body: { message: 'Bad gateway' } }] })
    expect(await testForge().openIssues(lib, 'x')).toMatchObject({ ok: false, failure: { kind: 'broken' } })
  })
})
