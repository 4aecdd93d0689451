import { hash } from 'node:crypto'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import type { PackageRules, RulesDocument } from '../../../src/server/edge/rules-document.ts'
import { publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({
    edge: true,
    mirrors: [{ userAgent: 'devpi-server/', address: null, channel: 'stable' }],
    trustedProxies: ['10.0.0.0/8'],
  })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const act = { as: 'mona', reason: 'test' }
const rules = async (query = '', headers: Record<string, string> = {}) =>
  fetch(`${index.url}/edge/v1/rules${query}`, { headers })
const read = async () => (await (await rules()).json()) as RulesDocument
const ruled = async (name: string): Promise<PackageRules | undefined> => (await read()).packages[name]

const doing = (name: string, action: string, more: object = {}) =>
  index.ask('POST', `/api/v1/rollouts/npm:${name}@1.1.0/${action}`, { ...act, ...more })

describe('/edge/v1/rules', () => {
  it('says all that an edge needs to choose the view of a key', async () => {
    await withCandidate(index, 'shown')
    await doing('shown', 'advance', { to: 25 })
    const state = index.engine.find('npm:shown@1.1.0')
    const document = await read()
    expect(document).toMatchObject({
      v: 1,
      epoch: expect.stringMatching(/^[0-9a-f]{24}$/),
      position: index.engine.position(),
      anonymous: { hosted: 'address', overlaid: 'stable', ci: 'stable' },
      trustedProxies: ['10.0.0.0/8'],
      mirrors: [{ userAgent: 'devpi-server/', view: 'stable' }],
    })
    expect(document.packages['npm/shown']).toEqual({
      doc: expect.stringMatching(/^[0-9a-f]{16}$/),
      live: [{ id: state?.id, salt: state?.salt, bp: 2500, always: [] }],
    })
    const [live] = document.packages['npm/shown']?.live ?? []
    const sha256 = (text: string) => hash('sha256', text, 'buffer')
    for (let number = 0; number < 40; number += 1) {
      const key = `key-${number}`
      const isIn = bucketOf(sha256, live?.salt ?? '', key) < (live?.bp ?? 0)
      const { headers } = await fetch(`${index.url}/as/${key}/npm/shown`)
      expect(headers.get('slipway-view')).toBe(isIn ? live?.id.slice(3) : 'stable')
    }
  })

  it('names another document after each change that some view shows, and after no other', async () => {
    await withCandidate(index, 'moves')
    const docs = [(await ruled('npm/moves'))?.doc]
    const changes = [
      () => doing('moves', 'advance', { to: 10 }),
      () => publishNpm(index, 'moves', '0.9.0'),
      () => doing('moves', 'rollback'),
    ]
    for (const change of changes) {
      await change()
      docs.push((await ruled('npm/moves'))?.doc)
    }
    expect(new Set(docs).size).toBe(4)
    await index.wait(60_000)
    await withCandidate(index, 'other')
    expect((await ruled('npm/moves'))?.doc).toBe(docs[3])
    // What is left is 0.9.0, which nobody sees yet.
    expect((await ruled('npm/moves'))?.live.map(({ bp }) => bp)).toEqual([0])
  })

  it('still lists what was taken back, for as long as an edge may show what it kept', async () => {
    await withCandidate(index, 'sinks')
    await doing('sinks', 'rollback')
    expect(await ruled('npm/sinks')).toMatchObject({ live: [] })
    await index.wait(23 * 60 * 60_000)
    expect(await ruled('npm/sinks')).toMatchObject({ live: [] })
    await index.wait(2 * 60 * 60_000)
    expect(await ruled('npm/sinks')).toBe(undefined)
  })

  it('answers a long poll with the rollback, and 304 when nothing comes', async () => {
    await withCandidate(index, 'polled')
    const first = await rules()
    const { position } = (await first.json()) as RulesDocument
    const etag = first.headers.get('etag') ?? ''
    expect(first.headers.get('cache-control')).toBe('max-age=1, stale-if-error=600')
    expect((await rules('', { 'if-none-match': etag })).status).toBe(304)
    expect((await rules(`?after=${position}&wait=1`)).status).toBe(304)

    const polling = rules(`?after=${position}&wait=30`, { 'if-none-match': etag })
    await doing('polled', 'rollback')
    const told = (await (await polling).json()) as RulesDocument
    expect(told.position).toBeGreaterThan(position)
    expect(told.packages['npm/polled']?.live).toEqual([])
  })

  it('tells of one package, which is null where nothing is to be known', async () => {
    await withCandidate(index, '@acme/one')
    const one = async (path: string) => (await fetch(`${index.url}/edge/v1/rules/${path}`)).json()
    const whole = (await read()).packages['npm/@acme/one']
    for (const path of ['npm/@acme/one', 'npm/@acme%2fone'])
      expect(await one(path)).toMatchObject({ v: 1, package: whole })
    expect(await one('pypi/not-here')).toMatchObject({ package: null })
    expect(await one('cargo/serde')).toMatchObject({ status: 404, field: 'ecosystem', value: 'cargo' })
  })

  it('is signed for edges that take nothing unsigned', async () => {
    const keys = createLocalJWKSet((await (await fetch(`${index.url}/edge/v1/keys`)).json()) as JSONWebKeySet)
    const signed = await fetch(`${index.url}/edge/v1/rules.jws`)
    const text = await signed.text()
    const { payload } = await compactVerify(text, keys)
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(await read())
    expect(signed.headers.get('content-type')).toBe('application/jose')
    const forged = text.replace(/^([^.]+)\.[^.]+/, `$1.${Buffer.from('{"v":1}').toString('base64url')}`)
    await expect(compactVerify(forged, keys)).rejects.toThrow('signature verification failed')
  })

  it.each([
    ['after', '?after=soon&wait=1'],
    ['after', '?after=-1'],
    ['wait', '?after=1&wait=long'],
  ])('refuses a strange %s: %s', async (field, query) => {
    const answer = await rules(query)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ field })
  })
})
