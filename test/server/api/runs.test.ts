import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import type { ExposureFact } from '../../../src/gates/exposure-fact.ts'
import { type OidcIssuer, startIssuer } from '../access/oidc-issuer.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
let issuer: OidcIssuer
beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url, private: true })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await issuer.close()
})

const hour = 3_600_000
const day = 24 * hour
const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** A rollout of `name@1.1.0` at 50 %. */
async function halfway(name: string, gates: object = {}): Promise<string> {
  await publishNpm(index, name, '1.0.0')
  const stages = [
    { percent: 0, bake: '1m' },
    { percent: 50, bake: '48h' },
    { percent: 100, bake: '1h' },
  ]
  const policy = { stages, gates }
  await index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.1.0`], policy })
  await publishNpm(index, name, '1.1.0')
  await index.wait(60_000)
  const { id, percent } = (await index.ask('GET', `/api/v1/rollouts/npm:${name}@1.1.0`)).json
  expect(percent).toBe(50)
  return String(id)
}

let lastRun = 0
interface Told {
  readonly repository?: string
  readonly run?: number
  readonly attempt?: number
  readonly body?: object
  readonly claims?: Record<string, unknown>
}

/** Tells how a run of a repository ended. */
async function tell(name: string, told: Told = {}) {
  lastRun += 1
  const claims = {
    repository_id: told.repository ?? '501',
    run_id: String(told.run ?? lastRun),
    run_attempt: String(told.attempt ?? 1),
    sha: 'c'.repeat(40),
    event_name: 'push',
    ...told.claims,
  }
  const key = index.engine.keyOf(told.repository ?? '501')
  const body = { outcome: 'success', packages: [`npm:${name}`], installed: [], key, ...told.body }
  return index.ask('POST', '/api/v1/runs', body, await issuer.token({ claims }))
}

const factsOf = (rollout: string): readonly ExposureFact[] =>
  Object.values(index.engine.find(rollout)?.exposures ?? {})

/** Repositories that the draw gave this arm, in the order of their ids. */
function repositoriesIn(rollout: string, arm: 'candidate' | 'baseline', many: number): string[] {
  const salt = index.engine.find(rollout)?.salt ?? ''
  const ids = Array.from({ length: 40 * many }, (_, id) => String(2000 + id))
  const isCandidate = (id: string) => bucketOf(sha256, salt, index.engine.keyOf(id)) < 5000
  return ids.filter((id) => isCandidate(id) === (arm === 'candidate')).slice(0, many)
}

const exposure = { minRuns: 20, onInconclusive: 'hold' }
/** Four runs of a repository that all end so. */
const fourRuns = async (name: string, repository: string, outcome: string) => {
  for (const _ of [1, 2, 3, 4]) await tell(name, { repository, body: { outcome } })
}

describe('the exposure gate over ordinary runs', () => {
  it('takes a release back that breaks many of the repositories that see it', async () => {
    for (let id = 2000; id < 2800; id += 1) await index.engine.meet(String(id))
    await index.wait(14 * day)
    const rollout = await halfway('harmful', { exposure })
    const status = async () => (await index.ask('GET', `/api/v1/rollouts/${rollout}`)).json
    const run = (repository: string, outcome: string) => fourRuns('harmful', repository, outcome)
    const inside = repositoriesIn(rollout, 'candidate', 14)
    for (const repository of repositoriesIn(rollout, 'baseline', 10)) await run(repository, 'success')
    for (const repository of inside.slice(0, 3)) await run(repository, 'failure')
    // Three repositories, however often they fail, are not enough.
    expect(await status()).toMatchObject({ phase: 'rolling', percent: 50 })
    for (const repository of inside.slice(3, 8)) await run(repository, 'failure')
    const after = await status()
    expect(after).toMatchObject({ phase: 'rolled-back', percent: 0 })
    expect(JSON.stringify(after)).toContain('Ordinary runs fail more often with the candidate, shown at 95 %')
  })

  it.each([
    ['made while it rolls out', 0],
    ['made thirteen days before it', 13],
  ])('is told nothing by repositories %s, however many and however they fail', async (_, days) => {
    const name = `besieged-${days}`
    // Made-up ids are drawn like all others: half of them see the candidate.
    const makers = Array.from({ length: 40 }, (_, id) => `9${days}${2000 + id}`)
    if (days > 0) {
      for (const id of makers) await index.engine.meet(id)
      await index.wait(days * day)
    }
    const rollout = await halfway(name, { exposure })
    for (const id of makers) await fourRuns(name, id, 'failure')
    const status = (await index.ask('GET', `/api/v1/rollouts/${rollout}`)).json
    expect(status).toMatchObject({ phase: 'rolling', percent: 50 })
    expect(JSON.stringify(status)).toContain(
      'no repository with the candidate, no repository with the baseline; not counted: 40 that had no runs two weeks before',
    )
    // They are known to have it, so that they are told when it is taken back.
    expect(factsOf(rollout)).toHaveLength(40)
  })
})

describe('POST /api/v1/keys', () => {
  it('gives each repository its own key, always the same, on a private server too', async () => {
    const ask = async (repository_id: string) =>
      index.ask('POST', '/api/v1/keys', {}, await issuer.token({ claims: { repository_id } }))
    const first = await ask('501')
    expect(first).toMatchObject({ status: 200, json: { repository: 'acme/app' } })
    expect(first.json.key).toMatch(/^r-[a-z2-7]{52}$/)
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect((await ask('501')).json.key).toBe(first.json.key)
    expect((await ask('502')).json.key).not.toBe(first.json.key)
  })

  it('gives nothing without a token of a run', async () => {
    expect((await index.ask('POST', '/api/v1/keys', {}, null)).status).toBe(401)
    expect((await index.ask('POST', '/api/v1/keys', {})).status).toBe(401)
    const fork = await issuer.token({ claims: { event_name: 'pull_request' } })
    expect((await index.ask('POST', '/api/v1/keys', {}, fork)).status).toBe(403)
  })
})

describe('POST /api/v1/runs', () => {
  it('counts a run under the arm that the key was assigned to, whatever was installed', async () => {
    const rollout = await halfway('counted')
    const [inside = ''] = repositoriesIn(rollout, 'candidate', 1)
    const [outside = ''] = repositoriesIn(rollout, 'baseline', 1)
    const installed = ['npm:counted@1.1.0']
    const failed = await tell('counted', { repository: outside, body: { outcome: 'failure', installed } })
    expect(failed).toMatchObject({ status: 202, json: { recorded: 1 } })
    await tell('counted', { repository: inside })
    await tell('counted', { repository: inside, body: { outcome: 'failure' } })
    expect(factsOf(rollout)).toMatchObject([
      { arm: 'baseline', basisPoints: 5000, drawn: true, runs: 1, failures: 1 },
      { arm: 'candidate', basisPoints: 5000, drawn: true, runs: 2, failures: 1 },
    ])
    const stored = JSON.stringify(await index.engine.history(rollout))
    expect(stored).toContain('exposure-recorded')
    for (const repository of [inside, outside]) expect(stored).not.toContain(index.engine.keyOf(repository))
  })

  it('counts each attempt of a run once, and at most four runs of a repository within six hours', async () => {
    const rollout = await halfway('busy')
    expect((await tell('busy', { run: 7777 })).json).toEqual({ recorded: 1 })
    const again = await tell('busy', { run: 7777, body: { outcome: 'failure' } })
    expect(again).toMatchObject({ status: 202, json: { recorded: 0 } })
    expect((await tell('busy', { run: 7777, attempt: 2 })).json).toEqual({ recorded: 1 })
    expect((await tell('busy', { repository: '777' })).json).toEqual({ recorded: 1 })
    await index.wait(7 * hour)
    expect((await tell('busy', { repository: '777' })).json).toEqual({ recorded: 0 })
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => tell('busy', { repository: '778' })))
    const runs = factsOf(rollout).map((fact) => fact.runs)
    expect(runs).toEqual([2, 1, 4])
  })

  it('counts for every live rollout of its packages, and for nothing else', async () => {
    const [one, two] = [await halfway('one'), await halfway('two')]
    const packages = ['npm:one', 'npm:two', 'npm:one', 'npm:unheard-of', 'no package']
    expect((await tell('', { body: { packages } })).json).toEqual({ recorded: 2 })
    expect((await tell('', { body: { packages, outcome: 'cancelled' } })).json).toEqual({ recorded: 0 })
    expect((await tell('', { body: { packages: [] } })).json).toEqual({ recorded: 0 })
    await index.ask('POST', `/api/v1/rollouts/${two}/rollback`, { as: 'mona', reason: 'test' })
    expect((await tell('', { body: { packages } })).json).toEqual({ recorded: 1 })
    expect([one, two].map((rollout) => factsOf(rollout)[0]?.runs)).toEqual([2, 1])
  })

  it.each<[string, number, string, Told]>([
    ['the key of another repository', 403, 'key', { body: { key: 'r-of-another' } }],
    ['no key', 422, 'key', { body: { key: undefined } }],
    ['an outcome that is none', 422, 'outcome', { body: { outcome: 'great' } }],
    ['too many packages', 422, 'packages', { body: { packages: new Array(2001).fill('npm:a') } }],
    ['a commit of its own', 422, 'body', { body: { commit: 'abc' } }],
    ['a pull request', 403, 'event_name', { claims: { event_name: 'pull_request' } }],
    ['a token without a run', 401, 'run_id', { claims: { run_id: undefined } }],
  ])('is refused from %s', async (_, status, field, told) => {
    const rollout = index.engine.find('npm:refused@1.1.0')?.id ?? (await halfway('refused'))
    const answer = await tell('refused', told)
    expect(answer).toMatchObject({ status, json: { field } })
    expect(answer.text).not.toContain('r-of-another')
    expect(factsOf(rollout)).toEqual([])
  })

  it('needs a token before anything is read', async () => {
    expect((await index.ask('POST', '/api/v1/runs', '{', null)).status).toBe(401)
  })
})
