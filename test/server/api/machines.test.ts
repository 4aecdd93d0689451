/** What machines of a fleet tell the server, and what it makes of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OidcIssuer, startIssuer } from '../access/oidc-issuer.ts'
import { gitlabClaims } from '../access/other-ci-claims.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
let github: OidcIssuer
let cloud: OidcIssuer
let token = ''
beforeAll(async () => {
  github = await startIssuer()
  cloud = await startIssuer()
  const rule = { audience: null, scopes: ['report'] as const, only: { namespace_path: 'acme' } }
  index = await startIndex({
    oidcIssuer: github.url,
    oidcIssuers: [{ ...rule, name: 'cloud', issuer: cloud.url, key: ['project_id'] }],
  })
  token = await index.token(['report'], ['npm:*'])
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await github.close()
  await cloud.close()
})

/** 1.1.0 of a package, seen by the ring early and later by half of all. */
async function inRings(name: string): Promise<string> {
  await publishNpm(index, name, '1.0.0')
  const release = `npm:${name}@1.1.0`
  const policy = {
    stages: [
      { name: 'first', percent: 0, bake: '15m', groups: ['early'] },
      { name: 'half', percent: 50, bake: '1h' },
      { name: 'all', percent: 100, bake: '1h' },
    ],
    groups: { early: [], rest: [] },
    gates: {},
  }
  const made = await index.ask('POST', '/api/v1/rollouts', { releases: [release], policy })
  expect(made.status).toBe(201)
  await publishNpm(index, name, '1.1.0')
  return release
}

const say = (release: string, key: string, outcome: string, more: object = {}, as = token) =>
  index.ask('POST', `/api/v1/rollouts/${release}/machines`, { key, outcome, ...more }, as)
const takeUp = async (...args: Parameters<typeof say>) => (await say(...args)).json.takeUp

describe('machines of a fleet', () => {
  it('go one by one until one has passed, and none goes once one has failed', async () => {
    const release = await inRings('one-first')
    const early = { ring: 'early' }
    // All at once: one goes.
    const first = await Promise.all(['a', 'b', 'c', 'd'].map((key) => takeUp(release, key, 'trying', early)))
    expect(first).toEqual(['yes', 'wait', 'wait', 'wait'])
    expect(await takeUp(release, 'a', 'trying', early)).toBe('yes')
    await say(release, 'a', 'success', early)
    expect(await takeUp(release, 'b', 'trying', early)).toBe('yes')
    const { json } = await say(release, 'b', 'failure', early)
    expect(json).toMatchObject({
      recorded: 1,
      takeUp: 'failed',
      fleet: { machines: 2, running: 1, failed: 1 },
    })
    expect(await takeUp(release, 'c', 'trying', early)).toBe('failed')
    expect(await takeUp(release, 'c', 'trying', { ...early, failures: 1 })).toBe('yes')
  })

  it('is seen in why and on the page, and no machine by its name', async () => {
    const release = await inRings('shown')
    const why = (key: string, ring?: string) =>
      index.ask('POST', '/api/v1/why', { rollout: release, key, ring })
    expect((await why('x', 'early')).json).toMatchObject({
      inside: true,
      sentence: expect.stringContaining('the ring early sees npm:shown@1.1.0'),
    })
    for (const ring of [undefined, 'rest', 'nobody']) expect((await why('x', ring)).json.inside).toBe(false)
    await say(release, 'machine-one', 'success', { ring: 'early' })
    await say(release, 'machine-two', 'success', { ring: 'rest' })
    const fleet = { machines: 2, running: 1, failed: 0 }
    expect((await why('x')).json.fleet).toMatchObject(fleet)
    const page = async () => (await index.ask('GET', `/rollouts/${release}`)).text
    expect(await page()).toContain(
      'Of 2 machines that report, 1 runs it: 50 % of the fleet (ring early 1 of 1',
    )
    await say(release, 'machine-two', 'failure', { ring: 'early' })
    expect(await page()).toContain('Its test failed on one machine')
    const { json } = await index.ask('GET', `/api/v1/rollouts/${release}`)
    expect(JSON.stringify(json)).toContain('no other machine takes it up while that is so')
    const events = await index.ask('GET', `/api/v1/rollouts/${release}/events`)
    expect(events.text + (await page())).not.toContain('machine-t')
  })

  it('fail as they do, also long after their runs were counted', async () => {
    const release = await inRings('late')
    const early = { ring: 'early' }
    for (let run = 0; run < 6; run += 1) await say(release, 'a', 'success', early)
    expect((await say(release, 'a', 'success', early)).json.recorded).toBe(0)
    expect((await say(release, 'a', 'failure', early)).json).toMatchObject({
      recorded: 1,
      takeUp: 'failed',
      fleet: { machines: 1, running: 0, failed: 1 },
    })
  })

  it('speak with a token for the package, or with one of an issuer that the operator named', async () => {
    const release = await inRings('vouched')
    const of = (issuer: OidcIssuer, claims: object = {}) =>
      issuer.token({ audience: index.url, claims: { ...gitlabClaims, ...claims } })
    expect((await say(release, 'a', 'success', {}, await of(cloud))).status).toBe(202)
    expect((await say(release, 'a', 'success', {}, await of(cloud, { namespace_path: 'x' }))).status).toBe(
      403,
    )
    // What env follow asks before it says anything.
    const asked = await of(cloud)
    expect((await index.ask('GET', '/api/v1/packages/npm/vouched', undefined, asked)).status).toBe(200)
    const why = { rollout: release, key: 'a' }
    expect((await index.ask('POST', '/api/v1/why', why, asked)).status).toBe(200)
    const ofGithub = await github.token({ audience: 'slipway' })
    expect(await say(release, 'a', 'success', {}, ofGithub)).toMatchObject({
      status: 403,
      json: { detail: expect.stringContaining('oidcIssuers') },
    })
    const other = await index.token(['report'], ['npm:other'])
    expect((await say(release, 'a', 'success', {}, other)).status).toBe(403)
    expect((await say(release, 'a', 'maybe')).status).toBe(422)
    expect((await say(release, 'a', 'success', { failures: -1 })).status).toBe(422)
  })
})
