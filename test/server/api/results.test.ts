import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Forge, Repository } from '../../../src/ports/forge.ts'
import { type OidcIssuer, startIssuer, type TokenChange } from '../access/oidc-issuer.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
let issuer: OidcIssuer
beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url }, { forge: forgeWithOneCanary() })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await issuer.close()
})

const canary: Repository = {
  id: '501',
  fullName: 'acme/app',
  private: false,
  defaultBranch: 'main',
  installationId: 3,
}

/** The workflow that ran, by the commit that it ran at. */
const workflows = new Map<string, string>()

const offers = ['staged', 'told', 'bound', 'ended', 'nonced', 'fetched', 'signed', 'worded', 'closed'].map(
  (name) => `  - for: npm:${name}\n    mode: dispatch\n    workflow: ci.yml\n`,
)

/** A GitHub with one repository that offers to test; nothing else is asked of it here. */
function forgeWithOneCanary(): Forge {
  const broken = { ok: false, failure: { kind: 'broken', message: 'not here', retryAt: null } } as const
  const none = async () => broken
  return {
    repositories: async () => ({ ok: true, value: [canary] }),
    repository: async () => ({ ok: true, value: canary }),
    file: async (_repository, path, ref) => ({
      ok: true,
      value: path.endsWith('slipway.yml')
        ? `canaries:\n${offers.join('')}`
        : (workflows.get(ref ?? '') ?? 'jobs: {}\n'),
    }),
    permission: none,
    dispatch: none,
    run: none,
    findRun: none,
    reviewDeployment: none,
    createIssue: none,
    openIssues: none,
    issue: none,
    updateIssue: none,
    upsertComment: none,
    react: none,
    hasComment: none,
    pullRequestsBetween: none,
    openPullRequests: none,
    pullRequestFiles: none,
    putCheckRun: none,
    putDeployment: none,
    checksOf: none,
    commitOf: none,
    commitOfTag: none,
    hasRelease: none,
    publishedAdvisories: none,
  }
}

/** A begun rollout of 1.1.0 with `acme/app` as its required canary. */
async function begun(name: string): Promise<string> {
  await publishNpm(index, name, '1.0.0')
  const policy = { profile: 'standard', canaries: [{ repo: 'acme/app', required: true }] }
  await index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.1.0`], policy })
  await publishNpm(index, name, '1.1.0')
  const state = index.engine.find(`npm:${name}@1.1.0`)
  expect(Object.keys(state?.canaries ?? {})).toEqual(['501'])
  return state?.id ?? ''
}

interface ReportChange {
  readonly try?: number
  readonly nonce?: string
  readonly outcome?: string
  readonly token?: TokenChange
  readonly at?: string
  readonly bearer?: string
}

async function report(rollout: string, change: ReportChange = {}) {
  const number = change.try ?? 1
  const name = index.engine.find(rollout)?.members[0]?.candidate.split(/[:@]/)[1] ?? 'x'
  const arm = (version: string, outcome: string) => ({
    outcome,
    installed: [`npm:${name}@${version}`],
    commit: 'c'.repeat(40),
    detail: 'the log',
  })
  const body = {
    try: number,
    nonce: change.nonce ?? index.engine.nonceOf(rollout, '501', number),
    legs: [
      {
        leg: 'default',
        arms: { candidate: arm('1.1.0', change.outcome ?? 'fail'), baseline: arm('1.0.0', 'pass') },
      },
    ],
  }
  const token = change.bearer ?? (await issuer.token(change.token))
  return index.ask('POST', change.at ?? `/api/v1/rollouts/${rollout}/results`, body, token)
}

const resultsOf = (rollout: string) => index.engine.find(rollout)?.canaries['501']?.tries[1]?.legs ?? {}

describe('a report from a canary’s run', () => {
  it('is taken, bound to the run that proved itself, and may be repeated', async () => {
    const rollout = await begun('told')
    const first = await report(rollout)
    expect(first).toMatchObject({ status: 201, json: { changed: true, id: rollout } })
    expect(resultsOf(rollout).default?.candidate).toMatchObject({
      outcome: 'fail',
      installed: ['npm:told@1.1.0'],
      runId: 7001,
      runAttempt: 1,
    })
    expect((await report(rollout)).status).toBeLessThan(300)
    expect(Object.keys(resultsOf(rollout))).toEqual(['default'])
    expect(issuer.keyRequests()).toBe(1)
  })

  it('is stored with what the run says of its tests, of which arm went first, and of what kept a candidate out', async () => {
    const rollout = await begun('worded')
    const tests = { total: 3, failed: [{ name: 'z' }, { name: 'a', error: 'no such thing' }] }
    const arm = (version: string, outcome: string) => ({
      ...{ outcome, installed: [`npm:worded@${version}`], commit: 'c'.repeat(40), detail: '' },
    })
    const leg = {
      ...{ leg: 'default', subject: 'npm:shop@2.0.0', order: 'candidate-first' },
      arms: {
        candidate: { ...arm('1.0.0', 'fail'), seconds: 12.5, tests },
        baseline: arm('1.0.0', 'pass'),
      },
      notExercised: { why: 'locked', by: 'cart@1.0.0', says: 'asks for ~1.0.0' },
    }
    const nonce = index.engine.nonceOf(rollout, '501', 1)
    const body = { v: 2, source: 'canary', try: 1, nonce, legs: [leg] }
    const at = `/api/v1/rollouts/${rollout}/results`
    const open = { repository_visibility: 'public' }
    expect((await index.ask('POST', at, body, await issuer.token({ claims: open }))).status).toBe(201)
    const { candidate, baseline } = resultsOf(rollout).default ?? {}
    const shared = { subject: 'npm:shop@2.0.0', order: 'candidate-first' }
    expect(candidate?.told).toEqual({
      ...shared,
      seconds: 12.5,
      tests: { total: 3, failed: [{ name: 'a', error: 'no such thing' }, { name: 'z' }], truncated: false },
      notExercised: leg.notExercised,
    })
    expect(baseline?.told).toEqual(shared)
    const state = index.engine.find(rollout)
    expect(state && index.engine.explain(state).canaries[0]?.comparison.sentence).toBe(
      'says nothing about the candidate: the candidate was not installed: a lock keeps it out (cart@1.0.0: asks for ~1.0.0)',
    )
  })

  it('of a repository that its token calls private by now takes its name and log away', async () => {
    const rollout = await begun('closed')
    const claims = { repository_visibility: 'private' }
    expect((await report(rollout, { token: { claims } })).status).toBe(201)
    const state = index.engine.find(rollout)
    expect(state?.canaries['501']?.entry.private).toBe(true)
    const { text } = await index.ask('GET', `/api/v1/rollouts/${rollout}/explanation`)
    expect(text).toContain('private canary 1')
    expect(text).not.toMatch(/acme\/app|the log/)
  })

  it('takes the candidate back when every try regressed', async () => {
    const rollout = await begun('staged')
    for (const number of [1, 2, 3]) {
      const claims = { run_id: String(7000 + number) }
      expect((await report(rollout, { try: number, token: { claims } })).status).toBe(201)
    }
    expect((await index.ask('GET', `/api/v1/rollouts/${rollout}`)).json).toMatchObject({
      phase: 'rolled-back',
      percent: 0,
    })
  })

  it.each([
    ['beside the candidate', 'id-token: write', ''],
    ['with a secret', 'contents: read', `env: { A: "\${{ secrets.A }}" }, `],
    ['in an environment', 'contents: read', 'environment: production, '],
    ['on a machine that stays', 'contents: read', 'runs-on: self-hosted, '],
  ])('is refused when it was signed %s, as the file at the commit says', async (_, permission, rest) => {
    const rollout = index.engine.find('npm:signed@1.1.0')?.id ?? (await begun('signed'))
    const job = (what: string) =>
      `jobs: { t: { ${rest}permissions: { ${what} }, steps: [{ run: npm test }] } }\n`
    workflows.set('d'.repeat(40), job(permission))
    const token = { claims: { sha: 'd'.repeat(40) } }
    const answer = await report(rollout, { token })
    expect(answer).toMatchObject({ status: 422, json: { field: 'workflow' } })
    expect(answer.json.detail).toContain('The candidate could have made up this report')
    expect(answer.json.detail).toMatch(/\.github\/workflows\/ci\.yml:1:\d+ jobs\.t\./)
    expect(resultsOf(rollout)).toEqual({})
  })

  it.each<[string, number, string, ReportChange]>([
    ['no token of ours', 401, '', { bearer: 'abc' }],
    ['a forged signature', 401, '', { token: { forged: true } }],
    ['another audience', 401, 'aud', { token: { audience: 'pypi' } }],
    ['another issuer', 401, 'iss', { token: { issuer: 'https://evil.example' } }],
    ['an expired token', 401, '', { token: { issuedAt: -900, lifetime: 60 } }],
    ['an old token', 401, '', { token: { issuedAt: -900, lifetime: 3600 } }],
    ['a token without a run', 401, 'run_id', { token: { claims: { run_id: undefined } } }],
    ...[
      'pull_request',
      'issue_comment',
      'issues',
      'merge_group',
      'discussion',
      'fork',
      'watch',
      'workflow_run',
    ].map((event_name): [string, number, string, ReportChange] => [
      `a run for ${event_name}`,
      403,
      'event_name',
      { token: { claims: { event_name } } },
    ]),
    [
      'a pull request of a fork',
      403,
      'event_name',
      { token: { claims: { event_name: 'pull_request_target' } } },
    ],
    ['a repository that is no canary', 404, 'canary', { token: { claims: { repository_id: '999' } } }],
    ['a nonce of nobody', 422, 'nonce', { nonce: 'made-up' }],
    ['an outcome that is none', 422, 'legs.0.arms.candidate.outcome', { outcome: 'great' }],
    ['a try that is none', 422, 'try', { try: 0, nonce: 'x' }],
    ['a rollout that is none', 404, 'id', { at: '/api/v1/rollouts/npm:none@1.0.0/results' }],
  ])('is refused from %s', async (_, status, field, change) => {
    const rollout = index.engine.find('npm:bound@1.1.0')?.id ?? (await begun('bound'))
    const answer = await report(rollout, change)
    expect(answer.status).toBe(status)
    expect(String(answer.json.field ?? '')).toBe(field)
    expect(resultsOf(rollout)).toEqual({})
  })

  it('is refused when the nonce or the token was used for another one', async () => {
    const rollout = await begun('nonced')
    expect((await report(rollout)).status).toBe(201)
    const other = await report(rollout, { outcome: 'pass' })
    expect(other).toMatchObject({ status: 409, json: { field: 'nonce' } })
    const bearer = await issuer.token()
    expect((await report(rollout, { bearer })).status).toBeLessThan(300)
    expect(await report(rollout, { bearer, outcome: 'pass' })).toMatchObject({
      status: 409,
      json: { field: 'jti' },
    })
    expect(resultsOf(rollout).default?.candidate?.outcome).toBe('fail')
  })

  it('is refused after the end', async () => {
    const rollout = await begun('ended')
    await index.ask('POST', `/api/v1/rollouts/${rollout}/rollback`, { as: 'mona', reason: 'test' })
    expect(await report(rollout)).toMatchObject({ status: 410, json: { field: 'rollout' } })
  })

  it('needs a token before anything is read', async () => {
    const answer = await index.ask('POST', '/api/v1/rollouts/npm:bound@1.1.0/results', '{', null)
    expect(answer.status).toBe(401)
  })
})

describe('a file fetched under a nonce', () => {
  it('is proof that the run got it; other fetches are not', async () => {
    const rollout = await begun('fetched')
    const nonce = index.engine.nonceOf(rollout, '501', 1)
    const file = (name: string) => `/npm/fetched/-/fetched-${name}.tgz`
    const fetchedBy = () => index.engine.find(rollout)?.fetched
    const get = (path: string, method = 'GET') => fetch(`${index.url}${path}`, { method })
    await get(file('1.1.0'))
    await get(`/as/alice${file('1.1.0')}`)
    await get(`/arm/${rollout}/candidate${file('1.1.0')}`)
    await get(`/arm/${rollout}/candidate/made-up${file('1.1.0')}`)
    await get(`/arm/${rollout}/candidate/${nonce}${file('1.1.0')}`, 'HEAD')
    await get(`/arm/${rollout}/candidate/${nonce}${file('9.9.9')}`)
    expect(fetchedBy()).toEqual({})
    expect((await get(`/arm/${rollout}/candidate/${nonce}${file('1.1.0')}`)).status).toBe(200)
    await get(`/arm/${rollout}/baseline/${nonce}${file('1.0.0')}`)
    expect(fetchedBy()).toEqual({
      '501/1/candidate': ['npm:fetched@1.1.0'],
      '501/1/baseline': ['npm:fetched@1.0.0'],
    })
  })
})

describe('when the issuer cannot be reached', () => {
  it('says so and takes nothing', async () => {
    const lonely = await startIndex({ oidcIssuer: 'http://127.0.0.1:9' })
    await publishNpm(lonely, 'first', '1.0.0')
    const token = await issuer.token()
    const answer = await lonely.ask('POST', '/api/v1/rollouts/npm:first@1.0.0/results', {}, token)
    expect(answer).toMatchObject({ status: 503, json: { detail: expect.stringContaining('127.0.0.1:9') } })
    await lonely.close()
  })
})
