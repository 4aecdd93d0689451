import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCanaryRequests } from '../../../src/action/canary/canary-request.ts'
import { type OidcIssuer, startIssuer, type TokenChange } from '../access/oidc-issuer.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let issuer: OidcIssuer
let index: TestIndex
beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url })
})
afterAll(async () => {
  await index.close()
  await issuer.close()
})

async function checkIn(names: readonly string[], change: TokenChange = {}, bearer?: string) {
  return index.ask('POST', '/api/v1/canaries', { for: names }, bearer ?? (await issuer.token(change)))
}
const run = (id: number, attempt = 1) => ({ claims: { run_id: String(id), run_attempt: String(attempt) } })
interface Request {
  readonly rollout: string
  readonly try: number
  readonly nonce: string
  readonly report: string
}
const requestsOf = ({ json }: { json: unknown }) => (json as { requests: readonly Request[] }).requests

/** 1.0.0 is out. `acme/app` (repository 501) is required, `acme/*` is not. */
async function released(name: string, required = true): Promise<void> {
  await publishNpm(index, name, '1.0.0')
  const policy = { profile: 'standard', canaries: [{ repo: required ? 'acme/app' : 'other/x', required }] }
  await index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.1.0`], policy })
}

describe('checking in', () => {
  it('counts from the next rollout, which then gives its tries to the run that asks', async () => {
    await released('pulled')
    const first = await checkIn(['npm:pulled'])
    expect(first).toMatchObject({
      status: 200,
      json: {
        repository: 'acme/app',
        requests: [],
        message:
          'No rollout waits for a test now. This check-in counts from the next rollout that begins, where the policy of the package admits acme/app.',
      },
    })
    await publishNpm(index, 'pulled', '1.1.0')
    const state = () => index.engine.find('npm:pulled@1.1.0')
    expect(state()?.canaries['501']?.entry).toMatchObject({
      repo: 'acme/app',
      mode: 'pull',
      private: true,
      workflow: 'ci.yml',
      admission: 'required',
    })
    const [request, ...others] = requestsOf(await checkIn(['npm:pulled'], run(7002)))
    expect(others).toEqual([])
    expect(parseCanaryRequests(JSON.stringify(request))).toMatchObject({ ok: true })
    expect(request).toMatchObject({ rollout: state()?.id, try: 1, arm: 'both' })
    expect(state()?.canaries['501']?.tries[1]?.dispatches.both).toMatchObject({ runId: 7002, failure: null })
    // Another leg of the same run makes the same try; another run makes none.
    expect(requestsOf(await checkIn(['npm:pulled'], run(7002)))).toEqual([request])
    expect(requestsOf(await checkIn(['npm:pulled'], run(7003)))).toEqual([])
  })

  it('reports as a dispatched canary does, by the run that took the try', async () => {
    await released('told')
    await checkIn(['npm:told'])
    await publishNpm(index, 'told', '1.1.0')
    const [request] = requestsOf(await checkIn(['npm:told'], run(7010)))
    const arm = (version: string, outcome: string) => ({
      outcome,
      installed: [`npm:told@${version}`],
      commit: 'c'.repeat(40),
      detail: '',
    })
    const arms = { candidate: arm('1.1.0', 'pass'), baseline: arm('1.0.0', 'pass') }
    const body = { try: request?.try, nonce: request?.nonce, legs: [{ leg: 'default', arms }] }
    const send = async (change: TokenChange) =>
      index.ask('POST', new URL(request?.report ?? '').pathname, body, await issuer.token(change))
    const workflow_ref = 'acme/app/.github/workflows/other.yml@refs/heads/main'
    expect(await send({ claims: { ...run(7010).claims, workflow_ref } })).toMatchObject({
      status: 422,
      json: { field: 'workflow' },
    })
    expect(await send(run(7011))).toMatchObject({ status: 422, json: { field: 'run' } })
    expect(await send(run(7010))).toMatchObject({ status: 201 })
    const state = index.engine.find('npm:told@1.1.0')
    if (state === null) throw new Error('there is no rollout')
    expect(index.engine.explain(state).canaries[0]).toMatchObject({
      label: 'private canary 1',
      comparison: { kind: 'same-pass', decided: true },
    })
    expect(requestsOf(await checkIn(['npm:told'], run(7012)))).toEqual([])
  })

  it('of a repository that nobody admitted is noted, shown and given nothing', async () => {
    await released('shown', false)
    await checkIn(['npm:shown'])
    await publishNpm(index, 'shown', '1.1.0')
    expect(requestsOf(await checkIn(['npm:shown'], run(7020)))).toEqual([])
    const state = index.engine.find('npm:shown@1.1.0')
    expect(state?.canaries['501']?.entry).toMatchObject({ admission: 'none', weight: 0 })
  })
})

describe('is refused', () => {
  it.each<[string, number, string | undefined, TokenChange]>([
    ['for a pull request', 403, 'event_name', { claims: { event_name: 'pull_request' } }],
    ['for a pull request of a fork', 403, 'event_name', { claims: { event_name: 'pull_request_target' } }],
    ['on the code of a pull request', 403, 'ref', { claims: { ref: 'refs/pull/7/merge' } }],
    ['with the branch of a pull request', 403, 'head_ref', { claims: { head_ref: 'evil' } }],
    ['with a token that somebody forged', 401, undefined, { forged: true }],
    ['with a token for somebody else', 401, 'aud', { audience: 'pypi' }],
  ])('%s', async (_, status, field, change) => {
    await released(`refused-${status}-${field}`)
    const answer = await checkIn([`npm:refused-${status}-${field}`], change)
    expect(answer).toMatchObject({ status, json: field === undefined ? {} : { field } })
    expect(JSON.stringify(await index.ask('GET', '/api/v1/rollouts'))).not.toContain('acme/app')
  })

  it('without a token, and with a used one', async () => {
    await released('once')
    await released('twice')
    expect((await index.ask('POST', '/api/v1/canaries', { for: ['npm:once'] })).status).toBe(401)
    const token = await issuer.token()
    expect((await checkIn(['npm:once'], {}, token)).status).toBe(200)
    expect((await checkIn(['npm:once'], {}, token)).status).toBe(200)
    expect(await checkIn(['npm:twice'], {}, token)).toMatchObject({ status: 409, json: { field: 'jti' } })
  })

  it.each([
    [['npm:never-heard-of'], 404, 'for.0'],
    [['npm:once', 'gem:rails'], 422, 'for.1'],
    [[], 422, 'for'],
  ] as const)('for packages %j', async (names, status, field) => {
    expect(await checkIn(names)).toMatchObject({ status, json: { field } })
  })
})
