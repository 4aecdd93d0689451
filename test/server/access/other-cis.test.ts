import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseServerFile } from '../../../src/config/server/server-file.ts'
import { createOidcVerifier } from '../../../src/server/access/oidc.ts'
import { createRunVerifier } from '../../../src/server/access/run-verifier.ts'
import { startIndex, type TestIndex, withCandidate } from '../running-server.ts'
import { type OidcIssuer, startIssuer, type TokenChange } from './oidc-issuer.ts'
import { buildkiteClaims, gitlabClaims } from './other-ci-claims.ts'

let github: OidcIssuer
let gitlab: OidcIssuer
let buildkite: OidcIssuer
let index: TestIndex
beforeAll(async () => {
  github = await startIssuer()
  gitlab = await startIssuer()
  buildkite = await startIssuer()
  const rule = { audience: null, scopes: ['report'] as const }
  index = await startIndex({
    private: true,
    oidcIssuer: github.url,
    oidcIssuers: [
      { ...rule, name: 'gitlab', issuer: gitlab.url, key: ['project_id'], only: { namespace_path: 'acme' } },
      {
        ...rule,
        name: 'buildkite',
        issuer: buildkite.url,
        audience: 'slipway-of-acme',
        key: ['organization_slug', 'pipeline_id'],
        only: {},
      },
    ],
  })
  await withCandidate(index, 'lib')
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await github.close()
  await gitlab.close()
  await buildkite.close()
})

const fromGitlab = (claims = {}, change: TokenChange = {}) =>
  gitlab.token({ audience: index.url, ...change, claims: { ...gitlabClaims, ...claims } })
const fromBuildkite = (claims = {}, change: TokenChange = {}) =>
  buildkite.token({ audience: 'slipway-of-acme', ...change, claims: { ...buildkiteClaims, ...claims } })

const keyFor = (token: string) => index.ask('POST', '/api/v1/keys', {}, token)

describe('a job of another CI', () => {
  it.each([
    [
      'GitLab',
      () => fromGitlab(),
      () => fromGitlab({ job_id: '303', ref: 'x' }),
      () => fromGitlab({ project_id: '9' }),
    ],
    [
      'Buildkite',
      () => fromBuildkite(),
      () => fromBuildkite({ step_key: 'lint' }),
      () => fromBuildkite({ pipeline_id: 'other' }),
    ],
  ])('of %s gets the key of its project, whatever else its token says', async (_, one, same, other) => {
    const first = await keyFor(await one())
    expect(first.status).toBe(200)
    expect(first.json.key).toMatch(/^r-[a-z2-7]+$/)
    expect((await keyFor(await same())).json.key).toBe(first.json.key)
    expect((await keyFor(await other())).json.key).not.toBe(first.json.key)
  })

  it('says how it fared, once', async () => {
    for (const recorded of [1, 0]) {
      const token = await fromGitlab({ job_id: '401' })
      const { json } = await keyFor(token)
      const body = { outcome: 'success', packages: ['npm:lib'], installed: ['npm:lib@1.0.0'], key: json.key }
      const told = await index.ask('POST', '/api/v1/runs', body, token)
      expect(told).toMatchObject({ status: 202, json: { recorded } })
    }
  })

  it('does not report under another project’s key', async () => {
    const { json } = await keyFor(await fromGitlab({ project_id: '9' }))
    const body = { outcome: 'success', packages: ['npm:lib'], key: json.key }
    const answer = await index.ask('POST', '/api/v1/runs', body, await fromGitlab())
    expect(answer.status).toBe(403)
    expect(answer.json.field).toBe('key')
  })

  it('can do nothing else', async () => {
    const token = await fromGitlab()
    expect((await index.ask('GET', '/npm/lib', undefined, token)).status).toBe(401)
    expect((await index.ask('POST', '/_/oidc/mint-token', { token }, null)).status).toBe(422)
    const id = index.engine.find('npm:lib@1.1.0')?.id
    // Only a project on the roster reports on a rollout; for others there is none.
    expect((await index.ask('POST', `/api/v1/rollouts/${id}/results`, {}, token)).status).toBe(404)
    expect((await index.ask('POST', `/api/v1/rollouts/${id}/rollback`, {}, token)).status).toBe(401)
  })

  it.each([
    ['of a stranger’s namespace', () => fromGitlab({ namespace_path: 'stranger' }), 403, 'namespace_path'],
    ['of a group below ours', () => fromGitlab({ namespace_path: 'acme/evil' }), 403, 'namespace_path'],
    [
      'of a group that ends like ours',
      () => fromGitlab({ namespace_path: 'evil/acme' }),
      403,
      'namespace_path',
    ],
    ['of a group in other letters', () => fromGitlab({ namespace_path: 'Acme' }), 403, 'namespace_path'],
    ['of a group with a space behind', () => fromGitlab({ namespace_path: 'acme ' }), 403, 'namespace_path'],
    ['with a list of groups', () => fromGitlab({ namespace_path: ['acme'] }), 403, 'namespace_path'],
    ['without a group', () => fromGitlab({ namespace_path: undefined }), 401, 'namespace_path'],
    ['with a list of projects', () => fromGitlab({ project_id: ['1234'] }), 403, 'project_id'],
    ['with a mapping for a project', () => fromGitlab({ project_id: { id: 1234 } }), 403, 'project_id'],
    [
      'of an issuer that nobody named',
      () => github.token({ issuer: 'https://gitlab.com', audience: index.url, claims: gitlabClaims }),
      401,
      undefined,
    ],
    [
      'of Buildkite for the address of the server',
      () => fromBuildkite({}, { audience: index.url }),
      401,
      'aud',
    ],
    [
      'of Buildkite without its pipeline',
      () => fromBuildkite({ pipeline_id: undefined }),
      401,
      'pipeline_id',
    ],
    [
      'of an external pull request',
      () => fromGitlab({ pipeline_source: 'external_pull_request_event' }),
      403,
      'pipeline_source',
    ],
    [
      'of a merge request',
      () => fromGitlab({ pipeline_source: 'merge_request_event' }),
      403,
      'pipeline_source',
    ],
    ['without the project', () => fromGitlab({ project_id: undefined }), 401, 'project_id'],
    ['with an empty project', () => fromGitlab({ project_id: '' }), 403, 'project_id'],
    ['for another audience', () => fromGitlab({}, { audience: 'https://elsewhere.example' }), 401, 'aud'],
    ['that has expired', () => fromGitlab({}, { issuedAt: -900 }), 401, undefined],
    ['signed by somebody else', () => fromGitlab({}, { forged: true }), 401, undefined],
    [
      'of GitLab that says it is Buildkite’s',
      () => fromGitlab({}, { issuer: buildkite.url, audience: 'slipway-of-acme' }),
      401,
      undefined,
    ],
  ])('is refused with a token %s', async (_, token, status, field) => {
    const answer = await keyFor(await token())
    expect(answer.status).toBe(status)
    if (field !== undefined) expect(answer.json.field).toBe(field)
    expect(answer.json.key).toBeUndefined()
  })
})

describe('the name of a project', () => {
  const named = async (key: readonly string[], claims: object) => {
    const rule = {
      name: 'ci',
      issuer: gitlab.url,
      audience: null,
      scopes: ['report'] as const,
      only: {},
      key,
    }
    const verifier = createRunVerifier(createOidcVerifier(github.url, 'x'), [rule], index.url)
    const verified = await verifier(
      await gitlab.token({ audience: index.url, claims: { ...gitlabClaims, ...claims } }),
    )
    return verified.ok ? [verified.identity.canary.id, verified.identity.projectId] : []
  }

  it('is the same for a number and its text, and never that of a repository on GitHub', async () => {
    expect(await named(['project_id'], {})).toEqual(await named(['project_id'], { project_id: 1234 }))
    expect((await named(['project_id'], {}))[0]).toBe('ci:1234')
  })

  it('keeps apart what runs together when it is joined', async () => {
    const tricks = [
      { namespace_path: 'a/b', project_path: 'c' },
      { namespace_path: 'a', project_path: 'b/c' },
      { namespace_path: 'a', project_path: 'b%2Fc' },
      { namespace_path: 'a&project_path=b', project_path: 'c' },
      { namespace_path: 'a', project_path: 'B/c' },
    ]
    const names = await Promise.all(tricks.map((claims) => named(['namespace_path', 'project_path'], claims)))
    for (const at of [0, 1]) expect(new Set(names.map((name) => name[at])).size).toBe(tricks.length)
  })
})

describe('oidcIssuers of the server file', () => {
  it.each([
    ['{ issuer: "https://gitlab.com", key: [project_id] }', 'gitlab'],
    ['{ issuer: "https://agent.buildkite.com", key: [pipeline_id] }', 'buildkite'],
    ['{ issuer: "https://git.acme.example", key: [project_id] }', 'acme'],
    ['{ issuer: "http://10.0.0.7:8080", key: [project_id] }', 'ci-10-0-0-7'],
    ['{ name: ours, issuer: "https://gitlab.com", key: [project_id] }', 'ours'],
  ])('%s is called %s', (rule, name) => {
    const file = parseServerFile(`oidcIssuers: [${rule}]`)
    expect(file.ok && file.settings.oidcIssuers[0]?.name).toBe(name)
  })

  it('are read, with reporting as all that they may do', () => {
    const file = parseServerFile('oidcIssuers: [{ issuer: "https://gitlab.com/", key: [project_id] }]')
    expect(file).toMatchObject({
      ok: true,
      settings: {
        oidcIssuers: [
          {
            name: 'gitlab',
            issuer: 'https://gitlab.com',
            audience: null,
            key: ['project_id'],
            scopes: ['report'],
            only: {},
          },
        ],
      },
    })
  })

  it.each([
    ['[{ issuer: gitlab.com, key: [project_id] }]', 'oidcIssuers[0].issuer'],
    [
      '[{ issuer: "https://gitlab.com", key: [a] }, { issuer: "https://ci.gitlab.com", key: [a] }]',
      'oidcIssuers[1].name',
    ],
    ['[{ name: "Git Lab", issuer: "https://gitlab.com", key: [a] }]', 'oidcIssuers[0].name'],
    ['[{ issuer: "https://gitlab.com", key: [sub] }]', 'oidcIssuers[0].key[0]'],
    ['[{ issuer: "https://gitlab.com", key: [] }]', 'oidcIssuers[0].key'],
    ['[{ issuer: "https://gitlab.com", key: [project_id], scopes: [operate] }]', 'oidcIssuers[0].scopes[0]'],
  ])('%s is refused', (text, field) => {
    const file = parseServerFile(`oidcIssuers: ${text}`)
    expect(file.ok ? [] : file.problems.map((problem) => problem.field)).toContain(field)
  })
})
