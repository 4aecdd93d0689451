import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishWheel } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const address = (id: string) => `/api/v1/packages/${id.replace(':', '/')}/advisories`
const put = (id: string, body: unknown, token?: string | null) => index.ask('PUT', address(id), body, token)
const get = (id: string, token?: string | null) => index.ask('GET', address(id), undefined, token)
const rollout = async (release: string) => (await index.ask('GET', `/api/v1/rollouts/${release}`)).json

const advisory = (change: object = {}) => ({
  id: 'GHSA-abcd-1234-efgh',
  affected: '<1.1.0',
  summary: 'reads more than it should',
  url: 'https://advisories.example/GHSA-abcd-1234-efgh',
  ...change,
})

describe('the advisories of a package', () => {
  it('are set by an operator of the package and shown to everybody', async () => {
    await publishNpm(index, 'weak', '1.0.0')
    expect((await get('npm:weak', null)).json).toEqual({ package: 'npm:weak', advisories: [] })
    const operator = await index.token(['operate'], ['npm:weak'])
    const { url: _, ...bare } = advisory({ id: 'CVE-2026-1', affected: '1.0.0 || >=3.0.0' })
    const set = await put('npm:weak', { advisories: [advisory(), bare] }, operator)
    const advisories = [advisory(), { ...bare, url: null }]
    expect([set.status, set.json]).toEqual([200, { package: 'npm:weak', advisories }])
    expect((await get('npm:weak', null)).json).toEqual({ package: 'npm:weak', advisories })
    expect((await put('npm:weak', { advisories: [] }, operator)).status).toBe(200)
    expect((await get('npm:weak', null)).json.advisories).toEqual([])
  })

  it.each([
    ['nobody', null, 401, 'the scope operate'],
    ['a publisher', { scopes: ['publish'], packages: ['npm:shut'] }, 403, 'the scope operate'],
    ['an operator of another package', { scopes: ['operate'], packages: ['npm:other'] }, 403, 'npm:shut'],
  ] as const)('are not set by %s', async (_, scoped, status, said) => {
    await publishNpm(index, 'shut', '1.0.0')
    const token = scoped === null ? null : await index.token([...scoped.scopes], [...scoped.packages])
    const refused = await put('npm:shut', { advisories: [advisory()] }, token)
    expect(refused.status).toBe(status)
    expect(refused.json.detail).toContain(said)
    expect((await get('npm:shut')).json.advisories).toEqual([])
  })

  it('are not taken for a package that nobody has', async () => {
    const refused = await put('npm:nothing', { advisories: [advisory()] })
    expect(refused).toMatchObject({ status: 404, json: { field: 'package', value: 'npm:nothing' } })
    expect((await get('npm:nothing')).status).toBe(404)
    expect(await index.stores.advisories.advisoriesOf('npm:nothing')).toEqual([])
  })

  it.each<[string, unknown, string, string, string]>([
    ['a range of no kind', [advisory({ affected: 'old ones' })], '0.affected', '"old ones"', 'npm range'],
    ['an empty range', [advisory({ affected: ' ' })], '0.affected', '" "', 'the range of versions'],
    ['a Python range', [advisory({ affected: '~=1.0,!=1.1' })], '0.affected', '"~=1.0,!=1.1"', 'npm range'],
    ['the second of two', [advisory(), advisory({ id: 'B', affected: '' })], '1.affected', '""', 'range'],
    ['an id twice', [advisory(), advisory()], '1.id', '"GHSA-abcd-1234-efgh"', 'no other advisory'],
    ['an id with spaces', [advisory({ id: 'my bug' })], '0.id', '"my bug"', 'CVE-2026-1234'],
    ['no summary', [advisory({ summary: undefined })], '0.summary', 'nothing', 'what is wrong'],
    ['lines of summary', [advisory({ summary: 'a\nb' })], '0.summary', '"a\\nb"', 'one line'],
    ['a script as address', [advisory({ url: 'javascript:alert(1)' })], '0.url', 'javascript', 'https'],
    ['an unknown field', [advisory({ cvss: 7 })], '0', 'cvss', 'documented'],
    ['a text', 'GHSA-1', '', '"GHSA-1"', 'a list of advisories'],
    ['too many', Array.from({ length: 501 }, (_, n) => advisory({ id: `A${n}` })), '', '', 'at most 500'],
  ])('with %s are refused by name, and the ones before stay', async (_, advisories, at, value, expected) => {
    await publishNpm(index, 'kept', '1.0.0')
    await put('npm:kept', { advisories: [advisory({ id: 'BEFORE' })] })
    const refused = await put('npm:kept', { advisories })
    expect(refused.status).toBe(422)
    expect(refused.json).toMatchObject({
      field: ['advisories', at].filter((part) => part !== '').join('.'),
      value: expect.stringContaining(value),
      expected: expect.stringContaining(expected),
    })
    expect((await get('npm:kept')).json.advisories).toEqual([advisory({ id: 'BEFORE' })])
  })

  it('have ranges in the words of the ecosystem', async () => {
    await publishWheel(index, 'weak-py', '1.0')
    const npms = await put('pypi:weak-py', { advisories: [advisory({ affected: '>=1.0.0 <1.1.0' })] })
    expect(npms).toMatchObject({
      status: 422,
      json: { field: 'advisories.0.affected', expected: expect.stringContaining('PEP 440 specifier') },
    })
    expect((await put('pypi:weak-py', { advisories: [advisory({ affected: '>=1,<1.1' })] })).status).toBe(200)
  })

  it('stand in the OpenAPI document', async () => {
    const { paths } = (await index.ask('GET', '/api/v1/openapi.json')).json
    expect(paths).toHaveProperty(['/packages/{ecosystem}/{name}/advisories', 'put', 'requestBody'])
  })
})

describe('a release that fixes an advisory', () => {
  const urgent = { profile: 'cautious', urgent: { profile: 'rapid', by: 'maintain' } }

  it('begins on the urgent ladder, waits for a person and says why', async () => {
    await publishNpm(index, 'fixed', '1.0.0')
    await put('npm:fixed', { advisories: [advisory()] })
    await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:fixed@1.1.0'], policy: urgent })
    await publishNpm(index, 'fixed', '1.1.0')
    const begun = await rollout('npm:fixed@1.1.0')
    expect(begun).toMatchObject({
      // Held as soon as it was told of the advisory and ticked: a person must approve.
      phase: expect.stringMatching(/^(staged|held)$/),
      percent: 0,
      policySource: { kind: 'request', urgent: ['GHSA-abcd-1234-efgh'] },
      explanation: {
        sentence: expect.stringContaining('on the urgent ladder because it fixes GHSA-abcd-1234-efgh'),
        stages: [{ percent: 0 }, { percent: 10 }, { percent: 50 }, { percent: 100 }],
      },
    })
    await index.wait(60 * 60_000)
    expect(await rollout('npm:fixed@1.1.0')).toMatchObject({ percent: 0 })
    const approve = { as: 'ada', reason: 'read the patch' }
    expect((await index.ask('POST', '/api/v1/rollouts/npm:fixed@1.1.0/approve', approve)).status).toBe(200)
    await index.wait(1000)
    expect(await rollout('npm:fixed@1.1.0')).toMatchObject({ percent: 10 })
  })

  it('takes the usual ladder when nothing is known against the version before', async () => {
    await publishNpm(index, 'usual', '1.0.0')
    await put('npm:usual', { advisories: [advisory({ affected: '<1.0.0' })] })
    await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:usual@1.1.0'], policy: urgent })
    await publishNpm(index, 'usual', '1.1.0')
    const { explanation, policySource } = await rollout('npm:usual@1.1.0')
    expect(explanation).toMatchObject({ stages: { length: 8 } })
    expect(policySource).toEqual({ kind: 'request', detail: 'given with the request' })
  })
})
