import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseServerFile } from '../../../src/config/server/server-file.ts'
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
      { ...rule, issuer: gitlab.url, key: ['project_id'], only: { namespace_path: 'acme' } },
      {
        ...rule,
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
    expect((await index.ask('POST', `/api/v1/rollouts/${id}/results`, {}, token)).status).toBe(401)
    expect((await index.ask('POST', `/api/v1/rollouts/${id}/rollback`, {}, token)).status).toBe(401)
  })

  it.each([
    ['of a stranger’s namespace', () => fromGitlab({ namespace_path: 'stranger' }), 403, 'namespace_path'],
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

describe('oidcIssuers of the server file', () => {
  it('are read, with reporting as all that they may do', () => {
    const file = parseServerFile('oidcIssuers: [{ issuer: "https://gitlab.com/", key: [project_id] }]')
    expect(file).toMatchObject({
      ok: true,
      settings: {
        oidcIssuers: [
          { issuer: 'https://gitlab.com', audience: null, key: ['project_id'], scopes: ['report'], only: {} },
        ],
      },
    })
  })

  it.each([
    ['[{ issuer: gitlab.com, key: [project_id] }]', 'oidcIssuers[0].issuer'],
    ['[{ issuer: "https://gitlab.com", key: [sub] }]', 'oidcIssuers[0].key[0]'],
    ['[{ issuer: "https://gitlab.com", key: [] }]', 'oidcIssuers[0].key'],
    ['[{ issuer: "https://gitlab.com", key: [project_id], scopes: [operate] }]', 'oidcIssuers[0].scopes[0]'],
  ])('%s is refused', (text, field) => {
    const file = parseServerFile(`oidcIssuers: ${text}`)
    expect(file.ok ? [] : file.problems.map((problem) => problem.field)).toContain(field)
  })
})
