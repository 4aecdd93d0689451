import nock from 'nock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectValid, fakeGithub, lib, type Reply, testForge } from '../fake-github.ts'

beforeEach(() => nock.disableNetConnect())
afterEach(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

const ok = (body: unknown): Reply => ({ status: 200, body })
const mint = 'POST /app/installations/{installation_id}/access_tokens'
const repo = (change: object = {}) => ({
  id: 11,
  full_name: 'acme/lib',
  private: false,
  default_branch: 'main',
  ...change,
})

describe('repositories', () => {
  const installation = 'GET /repos/{owner}/{repo}/installation'
  const everything = {
    'GET /app/installations': ok([
      { id: 7, suspended_at: null },
      { id: 8, suspended_at: '2026-01-01T00:00:00Z' },
    ]),
    'GET /installation/repositories': ok({
      total_count: 1,
      repositories: [repo({ full_name: 'acme/renamed' })],
    }),
  }

  it('are found by name with a token for that name only', async () => {
    const github = fakeGithub({ [installation]: ok({ id: 7 }), 'GET /repos/{owner}/{repo}': ok(repo()) })
    expect(await testForge().repository('acme/lib')).toEqual({ ok: true, value: lib })
    expect(github.sent[1]?.body).toEqual({ repositories: ['lib'], permissions: { metadata: 'read' } })
    expectValid(github)
  })

  it('are found by id, also after a rename, and not asked for again at once', async () => {
    const github = fakeGithub(everything)
    const forge = testForge()
    expect(await forge.repository('11')).toMatchObject({ ok: true, value: { fullName: 'acme/renamed' } })
    const asked = github.sent.length
    await forge.repository('11')
    expect(github.sent).toHaveLength(asked)
    expectValid(github)
  })

  it('of suspended installations are left out', async () => {
    const github = fakeGithub(everything)
    expect(await testForge().repositories()).toMatchObject({
      ok: true,
      value: [{ id: '11', installationId: 7 }],
    })
    expect(github.sent.filter((sent) => sent.operation === mint)).toHaveLength(1)
  })

  it('without the App are gone', async () => {
    fakeGithub(everything)
    expect(await testForge().repository('99')).toMatchObject({ ok: false, failure: { kind: 'gone' } })
    expect(await testForge().repository('acme/other')).toMatchObject({ ok: false, failure: { kind: 'gone' } })
  })

  const contents = 'GET /repos/{owner}/{repo}/contents/{path}'
  const repository = 'GET /repos/{owner}/{repo}'
  it.each([
    [
      'text',
      ok({ type: 'file', encoding: 'base64', content: Buffer.from('a: ü\n').toString('base64') }),
      { ok: true, value: 'a: ü\n' },
    ],
    ['null when there is none', { status: 404, body: { message: 'Not Found' } }, { ok: true, value: null }],
    ['a refusal for a folder', ok([{ type: 'file' }]), { ok: false, failure: { kind: 'invalid' } }],
    [
      'a refusal for a file too large',
      ok({ type: 'file', encoding: 'none', content: '' }),
      { ok: false, failure: { kind: 'invalid' } },
    ],
  ])('files come as %s', async (_, reply, expected) => {
    const github = fakeGithub({ [contents]: reply, [repository]: ok({ id: 11 }) })
    expect(await testForge().file(lib, '.github/slipway.yml', null)).toMatchObject(expected)
    expect(github.sent.at(-1)?.path).toBe('/repos/acme/lib/contents/.github/slipway.yml')
    expectValid(github)
  })

  const notFound = { status: 404, body: { message: 'Not Found' } }
  const text = ok({ type: 'file', encoding: 'base64', content: Buffer.from('a: 1\n').toString('base64') })
  it.each([
    [
      'it is there at the second look',
      { [contents]: [notFound, text], [repository]: ok({ id: 11 }) },
      'a: 1\n',
    ],
    ['the repository does not answer', { [contents]: notFound, [repository]: { status: 502 } }, 'broken'],
    ['the whole repository is not found', { [contents]: notFound }, 'gone'],
  ])('a file that is not found is not believed gone where %s', async (_, script, expected) => {
    fakeGithub(script)
    const found = await testForge().file(lib, '.github/slipway.yml', null)
    expect(found.ok ? found.value : found.failure.kind).toBe(expected)
  })

  const permission = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission'
  const rights = (admin: boolean, maintain: boolean, push: boolean) => ({
    admin,
    maintain,
    push,
    triage: push,
    pull: true,
  })
  it.each([
    [
      'maintain, which permission calls write',
      { permission: 'write', role_name: 'maintain', user: { permissions: rights(false, true, true) } },
      'maintain',
    ],
    [
      'a role of the organisation with push',
      { permission: 'write', role_name: 'shipper', user: { permissions: rights(false, false, true) } },
      'write',
    ],
    [
      'admin',
      { permission: 'admin', role_name: 'admin', user: { permissions: rights(true, true, true) } },
      'admin',
    ],
    [
      'read',
      { permission: 'read', role_name: 'read', user: { permissions: rights(false, false, false) } },
      'read',
    ],
    ['triage without booleans', { permission: 'read', role_name: 'triage', user: null }, 'triage'],
    ['an unknown role without booleans', { permission: 'none', role_name: 'shipper', user: null }, 'none'],
  ])('permission of %s', async (_, body, expected) => {
    const github = fakeGithub({ [permission]: ok(body) })
    expect(await testForge().permission(lib, 'ana')).toEqual({ ok: true, value: expected })
    expectValid(github)
  })

  it('permission of a stranger is none, of an unreachable GitHub unknown', async () => {
    fakeGithub({
      [permission]: [notFound, notFound, { status: 503, body: { message: 'down' } }],
      [repository]: ok({ id: 11 }),
    })
    const forge = testForge()
    expect(await forge.permission(lib, 'bob')).toEqual({ ok: true, value: 'none' })
    expect(await forge.permission(lib, 'bob')).toMatchObject({ ok: false, failure: { kind: 'broken' } })
  })
})

describe('runs and pull requests', () => {
  it('reads a run', async () => {
    const run = {
      id: 5,
      run_attempt: 2,
      status: 'completed',
      conclusion: 'success',
      head_sha: 'abc',
      display_title: 't',
      html_url: 'u',
      repository: { id: 11 },
    }
    const github = fakeGithub({ 'GET /repos/{owner}/{repo}/actions/runs/{run_id}': ok(run) })
    expect(await testForge().run(lib, 5)).toEqual({
      ok: true,
      value: {
        id: 5,
        attempt: 2,
        status: 'completed',
        conclusion: 'success',
        headSha: 'abc',
        title: 't',
        url: 'u',
        repositoryId: '11',
      },
    })
    expectValid(github)
  })

  it('lists merged pull requests of this repository between two refs', async () => {
    const pull = (number: number, id = 11, merged: string | null = '2026-01-01T00:00:00Z') => ({
      number,
      merged_at: merged,
      base: { repo: { id } },
    })
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/compare/{basehead}': ok({
        total_commits: 2,
        commits: [{ sha: 'a1' }, { sha: 'b2' }],
      }),
      'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': [
        ok([pull(3), pull(9, 12), pull(8, 11, null)]),
        ok([pull(3), pull(2)]),
      ],
    })
    expect(await testForge().pullRequestsBetween(lib, 'v1.0.0', 'v1.1.0')).toEqual({
      ok: true,
      value: [2, 3],
    })
    expectValid(github)
  })

  it('asks for the pull requests of at most the newest hundred commits', async () => {
    const shas = (from: number) => Array.from({ length: 100 }, (_, index) => ({ sha: `c${from + index}` }))
    const github = fakeGithub({
      'GET /repos/{owner}/{repo}/compare/{basehead}': [300, 300, 300].map((total, page) =>
        ok({ total_commits: total, commits: shas(page * 100) }),
      ),
      'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': ok([]),
    })
    await testForge().pullRequestsBetween(lib, 'a', 'b')
    const asked = github.sent.filter((sent) => sent.operation.endsWith('/pulls'))
    expect(asked).toHaveLength(100)
    expect(asked[0]?.path).toContain('/commits/c200/')
    expectValid(github)
  })
})
