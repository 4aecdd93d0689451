/** Projects of GitLab and Buildkite as canaries: `{ key: gitlab:1234 }` admits them, and their own jobs test and report. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'
import { type OidcIssuer, startIssuer } from './oidc-issuer.ts'
import { buildkiteClaims, gitlabClaims } from './other-ci-claims.ts'

let gitlab: OidcIssuer
let buildkite: OidcIssuer
let index: TestIndex
beforeAll(async () => {
  gitlab = await startIssuer()
  buildkite = await startIssuer()
  const rule = { audience: null, scopes: ['report'] as const, only: {} }
  index = await startIndex({
    oidcIssuers: [
      { ...rule, name: 'gitlab', issuer: gitlab.url, key: ['project_id'] },
      { ...rule, name: 'buildkite', issuer: buildkite.url, key: ['organization_slug', 'pipeline_id'] },
    ],
  })
})
afterAll(async () => {
  await index.close()
  await gitlab.close()
  await buildkite.close()
})

const ofGitlab = (claims = {}) =>
  gitlab.token({ audience: index.url, claims: { ...gitlabClaims, ...claims } })
const ofBuildkite = (claims = {}) =>
  buildkite.token({ audience: index.url, claims: { ...buildkiteClaims, ...claims } })
const pipeline = `buildkite:acme/${buildkiteClaims.pipeline_id}`

interface Request {
  readonly rollout: string
  readonly try: number
  readonly nonce: string
  readonly report: string
}
const checkIn = async (name: string, token: string) => {
  const { status, json } = await index.ask('POST', '/api/v1/canaries', { for: [`npm:${name}`] }, token)
  return { status, json, requests: (json.requests ?? []) as readonly Request[] }
}

/** 1.0.0 is out; 1.1.0 is to be tested by whom the policy names. */
async function released(name: string, canaries: readonly object[]): Promise<void> {
  await publishNpm(index, name, '1.0.0')
  const policy = { profile: 'standard', canaries }
  await index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.1.0`], policy })
}

function bodyOf(name: string, { try: number, nonce }: Request, outcome: string) {
  const arm = (version: string, said: string) => ({
    outcome: said,
    installed: [`npm:${name}@${version}`],
    commit: 'c'.repeat(40),
    detail: 'the last lines of the log',
  })
  const arms = { candidate: arm('1.1.0', outcome), baseline: arm('1.0.0', 'pass') }
  return { try: number, nonce, legs: [{ leg: 'default', arms }] }
}

const canariesOf = (name: string) => index.engine.find(`npm:${name}@1.1.0`)?.canaries ?? {}

describe.each([
  ['GitLab', 'gitlab:1234', ofGitlab, { project_id: '1235' }],
  ['Buildkite', pipeline, ofBuildkite, { organization_slug: 'acme-evil' }],
] as const)('a project of %s', (ci, key, tokenOf, otherProject) => {
  const name = ci.toLowerCase()

  it('is admitted by its key, gets its try, and its report decides', async () => {
    await released(name, [{ key, required: true }])
    expect(await checkIn(name, await tokenOf())).toMatchObject({ status: 200, json: { repository: key } })
    await publishNpm(index, name, '1.1.0')
    expect(canariesOf(name)[key]?.entry).toMatchObject({ mode: 'pull', admission: 'required', private: true })

    // A job of another CI has one token: it checks in and reports with it.
    const token = await tokenOf({ job_id: 'job-1' })
    const [request] = (await checkIn(name, token)).requests
    if (request === undefined) throw new Error('no try was given')
    const path = new URL(request.report).pathname
    const stranger = await tokenOf({ ...otherProject, job_id: 'job-1' })
    expect((await index.ask('POST', path, bodyOf(name, request, 'pass'), stranger)).status).toBe(404)
    const otherJob = await tokenOf({ job_id: 'job-2' })
    expect((await index.ask('POST', path, bodyOf(name, request, 'pass'), otherJob)).json.field).toBe('run')
    expect((await index.ask('POST', path, bodyOf(name, request, 'pass'), token)).status).toBe(201)
    expect((await index.ask('POST', path, bodyOf(name, request, 'fail'), token)).status).toBe(409)
    const state = index.engine.find(`npm:${name}@1.1.0`)
    if (state === null) throw new Error('there is no rollout')
    expect(index.engine.explain(state).canaries[0]).toMatchObject({
      label: 'private canary 1',
      comparison: { kind: 'same-pass', decided: true },
    })
  })

  it('whose neighbour is admitted is only shown', async () => {
    const package_ = `${name}-near`
    await released(package_, [{ key: `${key}0`, required: false }])
    await checkIn(package_, await tokenOf({ job_id: 'job-3' }))
    await publishNpm(index, package_, '1.1.0')
    expect(canariesOf(package_)[key]?.entry).toMatchObject({ admission: 'none', weight: 0 })
    expect((await checkIn(package_, await tokenOf({ job_id: 'job-4' }))).requests).toEqual([])
  })
})

describe('a required project that never came', () => {
  it('stays on the roster, so that nothing passes untested', async () => {
    await released('absent', [{ key: 'gitlab:77', required: true }])
    await publishNpm(index, 'absent', '1.1.0')
    expect(canariesOf('absent')['absent:gitlab:77']?.entry).toMatchObject({
      mode: 'absent',
      admission: 'required',
    })
  })
})

describe('a key in a policy', () => {
  const problemsOf = (rule: string) => {
    const file = parseSlipwayFile(`releases: [{ package: "npm:lib", canaries: [${rule}] }]`)
    return file.ok ? [] : file.problems.map(({ field, expected }) => `${field}: ${expected}`)
  }
  it.each(['{ key: "gitlab:1234" }', '{ key: "buildkite:acme/0184", required: true }'])(
    '%s is taken',
    (rule) => expect(problemsOf(rule)).toEqual([]),
  )
  it.each([
    ['{ required: true }', 'one of the two'],
    ['{ repo: acme/app, key: "gitlab:1" }', 'one of the two'],
    ['{ key: "1234" }', 'such as gitlab:1234'],
    ['{ key: "gitlab:*" }', 'such as gitlab:1234'],
    ['{ key: "absent:x" }', 'such as gitlab:1234'],
    ['{ key: "gitlab:1" }, { key: "gitlab:1" }', 'no earlier rule covers'],
  ])('%s is refused', (rule, said) => {
    expect(problemsOf(rule).join()).toContain(said)
  })
})
