import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

describe('starting a rollout', () => {
  it('answers what it is, and repeated changes nothing', async () => {
    await withCandidate(index, 'starts')
    const body = { releases: ['npm:starts@1.1.0'] }
    const first = await index.ask('POST', '/api/v1/rollouts', body)
    expect(first.json).toMatchObject({
      id: expect.stringMatching(/^ro-[a-z2-7]{16}$/),
      releases: [
        { id: 'npm:starts@1.1.0', purl: 'pkg:npm/starts@1.1.0', candidate: '1.1.0', baseline: '1.0.0' },
      ],
      train: null,
      phase: 'staged',
      percent: 0,
      stage: { index: 0, percent: 0, enteredAt: expect.any(Number), bakeUntil: expect.any(Number) },
      startedAt: expect.any(Number),
      explanation: { sentence: expect.any(String) },
    })
    const again = await index.ask('POST', '/api/v1/rollouts', body)
    expect([again.status, again.json.id]).toEqual([200, first.json.id])
  })

  it('reserves a policy before the files exist, and keeps it', async () => {
    await publishNpm(index, 'reserves', '1.0.0')
    const policy = { profile: 'rapid' }
    const body = { releases: ['npm:reserves@1.1.0'], policy }
    const reserved = await index.ask('POST', '/api/v1/rollouts', body)
    expect([reserved.status, reserved.json.startedAt]).toEqual([201, null])
    await publishNpm(index, 'reserves', '1.1.0')
    const begun = await index.ask('GET', '/api/v1/rollouts/npm:reserves@1.1.0')
    expect(begun.json.id).toBe(reserved.json.id)
    const stages = (begun.json.explanation as { stages: { percent: number }[] }).stages
    expect(stages.map((stage) => stage.percent)).toEqual([0, 10, 50, 100])
  })

  it('refuses a policy from a token without operate, and starts nothing', async () => {
    const token = await index.token(['publish'], ['npm:policy-*'])
    const body = { releases: ['npm:policy-a@1.0.0'], policy: { profile: 'rapid' } }
    const answer = await index.ask('POST', '/api/v1/rollouts', body, token)
    expect(answer).toMatchObject({ status: 403, json: { field: 'policy', expected: 'operate' } })
    expect(index.engine.rolloutsOf('npm:policy-a')).toEqual([])
  })

  it.each<[string, unknown, number, string]>([
    ['no releases', {}, 422, 'releases'],
    ['an empty list', { releases: [] }, 422, 'releases'],
    ['a release that is none', { releases: ['demo'] }, 422, 'releases[0]'],
    ['a version that is none', { releases: ['npm:demo@one'] }, 422, 'releases[0]'],
    ['an unknown field', { releases: ['npm:demo@1.0.0'], speed: 1 }, 422, 'body'],
    [
      'a percent above 100',
      { releases: ['npm:d@1.0.0'], policy: { stages: [{ percent: 101 }] } },
      422,
      'policy',
    ],
    ['a train', { releases: ['npm:d@1.0.0'], policy: { train: 'x' } }, 422, 'policy.train'],
    ['no JSON', '{', 400, ''],
  ])('refuses %s', async (_, body, status, field) => {
    const answer = await index.ask('POST', '/api/v1/rollouts', body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.json).toMatchObject({ type: 'about:blank', status, detail: expect.any(String) })
    expect(String(answer.json.field ?? '')).toContain(field)
  })

  it('refuses the origin of a repository that does not own the package', async () => {
    await withCandidate(index, 'owned')
    const owner = { repositoryId: '7', repository: 'acme/owned' }
    await index.ask('PUT', '/api/v1/packages/npm/owned/owner', owner)
    const origin = { repositoryId: '8', repository: 'evil/owned' }
    const answer = await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:owned@1.1.0'], origin })
    expect(answer).toMatchObject({ status: 403, json: { field: 'origin.repositoryId' } })
  })

  it('takes a release that is older than the newest of its line', async () => {
    await withCandidate(index, 'older')
    await publishNpm(index, 'older', '1.0.5', { tag: 'old' })
    const answer = await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:older@1.0.5'] })
    expect(answer.json).toMatchObject({ releases: [{ candidate: '1.0.5', baseline: '1.0.0' }] })
  })

  it('refuses a release that was rolled back, except as a restart by a person', async () => {
    await withCandidate(index, 'again')
    const at = '/api/v1/rollouts/npm:again@1.1.0'
    const first = await index.ask('GET', at)
    await index.ask('POST', `${at}/rollback`, { as: 'mona', reason: 'test' })
    const body = { releases: ['npm:again@1.1.0'] }
    expect((await index.ask('POST', '/api/v1/rollouts', body)).status).toBeGreaterThanOrEqual(400)
    const restart = { ...body, restart: true, as: 'mona', reason: 'fixed the canary' }
    const again = await index.ask('POST', '/api/v1/rollouts', restart)
    expect([again.status, again.json.restartOf]).toEqual([201, first.json.id])
  })
})

describe('reading a rollout', () => {
  it('finds it by every spelling of its id', async () => {
    await withCandidate(index, '@acme/ids')
    const { id } = index.engine.find('npm:@acme/ids@1.1.0') ?? { id: '' }
    for (const path of [id, 'npm:@acme/ids@1.1.0', 'npm%3A%40acme%2Fids%401.1.0']) {
      expect((await index.ask('GET', `/api/v1/rollouts/${path}`, undefined, null)).json.id).toBe(id)
      const events = await index.ask('GET', `/api/v1/rollouts/${path}/events`, undefined, null)
      expect((events.json.events as { type: string }[]).map((event) => event.type)).toContain('started')
      const explanation = await index.ask('GET', `/api/v1/rollouts/${path}/explanation`, undefined, null)
      expect(explanation.json.rollout).toBe(id)
    }
  })

  it('lists them newest first, by phase and package', async () => {
    await withCandidate(index, 'lists')
    const list = async (query: string) => {
      const answer = await index.ask('GET', `/api/v1/rollouts${query}`, undefined, null)
      return (answer.json.items as { releases: { id: string }[] }[]).map((it) => it.releases[0]?.id)
    }
    expect(await list('?package=npm:lists')).toEqual(['npm:lists@1.1.0', 'npm:lists@1.0.0'])
    expect(await list('?package=npm:lists&phase=completed')).toEqual(['npm:lists@1.0.0'])
  })

  it('lists those of a package by pages, too', async () => {
    await withCandidate(index, 'pages')
    const page = async (query: string) =>
      (await index.ask('GET', `/api/v1/rollouts?package=npm:pages&limit=1${query}`, undefined, null)).json
    const first = await page('')
    expect(first.items).toHaveLength(1)
    const second = await page(`&cursor=${first.next}`)
    const ids = [first, second].map(
      ({ items }) => (items as { releases: { id: string }[] }[])[0]?.releases[0]?.id,
    )
    expect(ids).toEqual(['npm:pages@1.1.0', 'npm:pages@1.0.0'])
    expect(second.next).toBe(null)
  })

  it.each([
    [
      'phase',
      'finished',
      'live, staged, rolling, held, paused, completed, rolled-back, superseded, abandoned',
    ],
    ['limit', 'many', 'a whole number from 1 to 200'],
    ['limit', '0', 'a whole number from 1 to 200'],
    ['limit', '201', 'a whole number from 1 to 200'],
    ['cursor', 'last', 'the `next` of a page before'],
    ['package', 'left-pad', 'a package id such as pypi:demo-lib or npm:@scope/lib'],
  ])('refuses a strange %s: %s', async (field, value, expected) => {
    const answer = await index.ask('GET', `/api/v1/rollouts?${field}=${value}`, undefined, null)
    expect(answer.status).toBe(422)
    expect(answer.json).toMatchObject({ field, value: `"${value}"`, expected })
  })

  it.each([
    ['GET', '/api/v1/rollouts/npm:none@1.0.0', 404],
    ['GET', '/api/v1/rollouts/nonsense', 400],
    ['GET', '/api/v1/rollouts/npm:none@1.0.0/dance', 404],
    ['GET', '/api/v1/nothing', 404],
    ['POST', '/api/v1/rollouts/npm:none@1.0.0/pause', 404],
  ])('%s %s is a problem with %i', async (method, path, status) => {
    const answer = await index.ask(method, path)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('commanding a rollout', () => {
  const act = (name: string, action: string, body: unknown = {}, token?: string | null) =>
    index.ask('POST', `/api/v1/rollouts/npm:${name}@1.1.0/${action}`, body, token)

  it('pauses, resumes, advances and rolls back with the person and reason on record', async () => {
    await withCandidate(index, 'acts')
    const who = { as: 'mona', reason: 'looking at it' }
    expect((await act('acts', 'pause', who)).json.phase).toBe('paused')
    expect((await act('acts', 'resume', who)).json.phase).toBe('staged')
    expect((await act('acts', 'advance', { ...who, to: 25 })).json).toMatchObject({ percent: 25 })
    const back = await act('acts', 'rollback', who)
    expect(back.json).toMatchObject({ phase: 'rolled-back', percent: 0 })
    const history = (back.json.explanation as { history: { type: string; reason: string }[] }).history
    expect(history.at(-1)).toMatchObject({
      type: 'rolled-back',
      reason: 'looking at it',
      actor: { as: 'mona' },
    })
  })

  it('lowers and stops it, for a named person with a reason, and the answer says who still gets it', async () => {
    await withCandidate(index, 'stops')
    const who = { as: 'mona', reason: 'errors since noon' }
    await act('stops', 'advance', { ...who, to: 50 })
    const paused = await act('stops', 'pause', who)
    expect((paused.json.explanation as { sentence: string }).sentence).toContain(
      'errors since noon. 50 % of users still get it; stop takes it from them until somebody resumes.',
    )
    expect((await act('stops', 'lower', { ...who, to: 5 })).json).toMatchObject({
      phase: 'paused',
      percent: 5,
    })
    expect((await act('stops', 'stop', { reason: 'no name' })).json).toMatchObject({ field: 'as' })
    expect((await act('stops', 'stop', { as: 'mona' })).json).toMatchObject({ field: 'reason' })
    expect((await act('stops', 'stop', who)).json).toMatchObject({ phase: 'paused', percent: 0 })
    expect((await act('stops', 'resume', who)).json).toMatchObject({ phase: 'staged', percent: 0 })
  })

  it('restarts what was taken back, with other users or after a false alarm with the same', async () => {
    await withCandidate(index, 'retold')
    const who = { as: 'mona', reason: 'fixed on our side' }
    const salts = [index.engine.find('npm:retold@1.1.0')?.salt]
    expect((await act('retold', 'restart', who)).status).toBe(409)
    for (const sameUsers of [false, true]) {
      await act('retold', 'rollback', who)
      expect((await act('retold', 'restart', { as: 'mona', sameUsers })).json).toMatchObject({
        field: 'reason',
      })
      const restarted = await act('retold', 'restart', { ...who, sameUsers })
      expect([restarted.status, restarted.json.phase]).toEqual([201, 'staged'])
      salts.push(index.engine.find('npm:retold@1.1.0')?.salt)
    }
    expect(salts[1]).not.toBe(salts[0])
    expect(salts[2]).toBe(salts[1])
  })

  it('lifts a block for a named person with a reason: exact pins work again', async () => {
    await withCandidate(index, 'blocks')
    const who = { as: 'mona', reason: 'it was another one' }
    const pin = async () => (await index.ask('GET', '/npm/blocks/1.1.0', undefined, null)).status
    expect((await act('blocks', 'block', who)).json.phase).toBe('rolled-back')
    expect(await pin()).not.toBe(200)
    expect((await act('blocks', 'unblock', { as: 'mona' })).json).toMatchObject({ field: 'reason' })
    expect((await act('blocks', 'unblock', who)).json.phase).toBe('rolled-back')
    expect(await pin()).toBe(200)
    await act('blocks', 'block', who)
    const body = { version: '1.1.0', ...who }
    const lifted = await index.ask('POST', '/api/v1/packages/npm/blocks/unblock', body)
    expect([lifted.status, lifted.json.blocked, await pin()]).toEqual([200, null, 200])
  })

  it('abandons it, and takes the urgent ladder only where the policy has one', async () => {
    await withCandidate(index, 'calm')
    const who = { as: 'mona', reason: 'not now' }
    expect((await act('calm', 'urgent', who)).json).toMatchObject({ status: 409, field: 'urgent' })
    expect((await act('calm', 'abandon', who)).json).toMatchObject({ phase: 'abandoned', percent: 0 })
  })

  it('refuses a second rollback of the same rollout', async () => {
    await withCandidate(index, 'ended')
    await act('ended', 'rollback', { as: 'mona', reason: 'test' })
    const again = await act('ended', 'advance', { as: 'mona', reason: 'test' })
    expect(again.status).toBeGreaterThanOrEqual(400)
    expect(index.engine.find('npm:ended@1.1.0')?.end?.kind).toBe('rolled-back')
  })

  it('needs operate for the package, and a person behind the token to force a stage', async () => {
    await withCandidate(index, 'rights')
    const publisher = await index.token(['publish'], ['*'])
    const other = await index.token(['operate'], ['npm:other'])
    expect((await act('rights', 'pause', {}, null)).status).toBe(401)
    expect((await act('rights', 'pause', {}, publisher)).status).toBe(403)
    expect((await act('rights', 'pause', {}, other)).json.detail).toContain('npm:other')
    const nobody = await act('rights', 'advance', { reason: 'because' })
    expect(nobody.status).toBeGreaterThanOrEqual(400)
    expect(index.engine.find('npm:rights@1.1.0')?.stageIndex).toBe(0)
  })

  it.each<[string, unknown, string]>([
    ['advance', { to: 33, as: 'mona', reason: 'x' }, 'to'],
    ['advance', { to: 'half' }, 'to'],
    ['advance', { to: 0.001, as: 'mona', reason: 'x' }, 'to'],
    ['lower', { as: 'mona', reason: 'x' }, 'to'],
    ['lower', { to: 33, as: 'mona', reason: 'x' }, 'to'],
    ['waive', { as: 'mona', reason: 'x' }, 'canary'],
    ['hold', { as: 'mona', reason: 'x', duration: '1 fortnight' }, 'duration'],
    ['retry', { bisect: true }, 'canary'],
    ['retry', { canary: 'acme/app', bisect: true }, 'canary'],
    ['retry', { canary: 'acme/app', bisect: 'yes' }, 'bisect'],
    ['pause', { why: 'x' }, 'body'],
  ])('%s with %j is refused, naming the field', async (action, body, field) => {
    await publishNpm(index, 'fields', '1.0.0')
    await publishNpm(index, 'fields', '1.1.0')
    const answer = await act('fields', action, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.json.field).toBe(field)
    expect(index.engine.find('npm:fields@1.1.0')?.stageIndex).toBe(0)
  })
})

describe('owners, publishers and tokens', () => {
  it('are set by operators only', async () => {
    const at = '/api/v1/packages/npm/@acme/owned-2'
    const owner = { repositoryId: '42', repository: 'acme/owned' }
    const publisher = await index.token(['publish'], ['*'])
    expect((await index.ask('PUT', `${at}/owner`, owner, publisher)).status).toBe(403)
    expect((await index.ask('GET', `${at}/owner`)).status).toBe(404)
    expect((await index.ask('PUT', `${at}/owner`, owner)).json).toEqual({
      package: 'npm:@acme/owned-2',
      ...owner,
    })
    const trusted = {
      repositoryId: '42',
      repositoryOwnerId: '7',
      workflow: '.github/workflows/release.yml',
      environment: null,
    }
    expect((await index.ask('PUT', `${at}/publishers`, { publishers: [trusted] })).status).toBe(200)
    expect((await index.ask('GET', `${at}/publishers`)).json.publishers).toMatchObject([trusted])
    const wrong = await index.ask('PUT', `${at}/publishers`, { publishers: [{ ...trusted, workflow: 'x' }] })
    expect(wrong).toMatchObject({ status: 422, json: { field: 'publishers.0.workflow' } })
    expect((await index.ask('PUT', `${at}/owner`, { repositoryId: 'abc', repository: 'x' })).status).toBe(422)
  })

  it('tokens are kept as hashes and cannot make more than they are', async () => {
    const secret = await index.token(['operate'], ['npm:acme-*'])
    expect(secret).toMatch(/^slw_/)
    const wider = { scopes: ['publish'], packages: ['npm:acme-*'] }
    expect((await index.ask('POST', '/api/v1/tokens', wider, secret)).status).toBe(403)
    const elsewhere = { scopes: ['operate'], packages: ['*'] }
    expect((await index.ask('POST', '/api/v1/tokens', elsewhere, secret)).status).toBe(403)
    const same = { scopes: ['operate'], packages: ['npm:acme-*'] }
    expect((await index.ask('POST', '/api/v1/tokens', same, secret)).status).toBe(201)
  })

  it('a token that ends makes none that lives on after it', async () => {
    const scope = { scopes: ['operate'], packages: ['*'] }
    const { token } = (await index.ask('POST', '/api/v1/tokens', { ...scope, expiresInMs: 60_000 })).json
    const make = (body: object) => index.ask('POST', '/api/v1/tokens', { ...scope, ...body }, String(token))
    const endless = await make({ expiresInMs: null })
    expect(endless).toMatchObject({ status: 403, json: { field: 'expiresInMs', value: 'null' } })
    expect(await make({ expiresInMs: 61_000 })).toMatchObject({ status: 403 })
    expect((await make({ expiresInMs: 5000 })).status).toBe(201)
  })

  it('an expired token is nobody', async () => {
    const body = { scopes: ['operate'], packages: ['*'], expiresInMs: 1000 }
    const { token } = (await index.ask('POST', '/api/v1/tokens', body)).json
    expect((await index.ask('GET', '/npm/-/whoami', undefined, String(token))).status).toBe(200)
    await index.wait(1001)
    expect((await index.ask('GET', '/npm/-/whoami', undefined, String(token))).status).toBe(401)
  })
})

describe('cohort-vectors.json', () => {
  it('is the published file, for everybody', async () => {
    const answer = await index.ask('GET', '/api/v1/cohort-vectors.json', undefined, null)
    const file = new URL('../../../docs/cohort-vectors.json', import.meta.url)
    expect(answer.json).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })
})

describe('openapi.json', () => {
  it('describes every body with a schema that compiles', async () => {
    const answer = await index.ask('GET', '/api/v1/openapi.json', undefined, null)
    const paths = answer.json.paths as Record<string, Record<string, { requestBody?: { content: object } }>>
    const ajv = new Ajv2020({ strict: false })
    const bodies = Object.values(paths).flatMap((path) =>
      Object.values(path).flatMap((operation) =>
        Object.values(operation.requestBody?.content ?? {}).map((media: { schema: object }) => media.schema),
      ),
    )
    expect(bodies.length).toBeGreaterThan(10)
    for (const schema of bodies) expect(ajv.compile(schema)).toBeTypeOf('function')
  })
})
