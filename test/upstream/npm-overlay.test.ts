import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { publishNpm } from '../server/running-server.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex

beforeAll(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}", credentials: { token: T }, timeout: 2s } }
hosted: ["@acme/*"]
`)
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})
beforeEach(() => {
  upstream.down = null
  upstream.asked.length = 0
})

const full = { accept: 'application/json' }
const short = { accept: 'application/vnd.npm.install-v1+json' }

describe('an npm package of another index', () => {
  it('comes out as it went in', async () => {
    const document = givePackument(
      upstream,
      'left',
      { '1.0.0': 30, '1.1.0': 20 },
      { __proto__x: 1, homepage: 'é' },
    )
    const answer = await index.get('/npm/left', full)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual(document)
    expect(upstream.headers.at(-1)).toMatchObject({ authorization: 'Bearer secret', 'user-agent': 'Slipway' })
  })

  it('has README, description and keywords of what the view calls latest', async () => {
    const readme = (text: string) => ({ readme: text, description: text, keywords: [text] })
    const document = givePackument(upstream, 'told', { '1.0.0': 30, '1.1.0': 20 }, readme('new'))
    Object.assign(Object(document.versions)['1.0.0'], readme('old'))
    upstream.answers.set('/told', { type: 'application/json', body: JSON.stringify(document) })
    const top = (await index.get('/npm/told', full)).json
    expect([top.readme, top.description, top.keywords]).toEqual(['new', 'new', ['new']])
    expect(Object(top.versions)['1.0.0']).toMatchObject({ description: 'old' })
    expect(Object(top.versions)['1.0.0'].readme).toBeUndefined()
    expect((await index.get('/npm/told/1.0.0', full)).json).toMatchObject(readme('old'))
  })

  it.each([
    ['JSONStream', '/npm/JSONStream'],
    ["old!'()*", '/npm/old!%27()%2A'],
    ['@s/_x', '/npm/@s%2f_x'],
    ['@S/X', '/npm/@S/X'],
  ])('may have a name of old times: %s', async (name, path) => {
    givePackument(upstream, name, { '1.0.0': 30 })
    const answer = await index.get(path, short)
    expect(answer).toMatchObject({ status: 200, json: { name, 'dist-tags': { latest: '1.0.0' } } })
  })

  it('is not unpublished or deprecated here, and npm does not take that for done', async () => {
    const document = givePackument(upstream, 'theirs', { '1.0.0': 30 })
    for (const [method, path, body] of [
      ['DELETE', '/npm/theirs/-rev/3-abc', undefined],
      ['PUT', '/npm/theirs/-rev/3-abc', { ...document, versions: {} }],
      ['PUT', '/npm/theirs', { name: 'theirs', versions: document.versions }],
    ] as const) {
      const answer = await index.ask(method, path, body)
      expect(answer).toMatchObject({
        status: 403,
        json: { error: expect.stringContaining('slipway package block') },
      })
    }
    expect((await index.ask('DELETE', '/npm/nobodys/-rev/3-abc')).status).toBe(404)
  })

  it('has an abbreviated form made of the full one', async () => {
    givePackument(upstream, '@s/left', { '1.0.0': 30 })
    const answer = await index.get('/npm/@s%2fleft', short)
    expect(answer.headers.get('content-type')).toBe('application/vnd.npm.install-v1+json')
    expect(answer.json).toEqual({
      name: '@s/left',
      modified: expect.any(String),
      'dist-tags': { latest: '1.0.0', next: '1.0.0' },
      versions: {
        '1.0.0': {
          name: '@s/left',
          version: '1.0.0',
          hasInstallScript: true,
          dist: expect.objectContaining({
            signatures: [{ keyid: 'SHA256:key', sig: 'signature' }],
            tarball: `${upstream.url}/@s/left/-/left-1.0.0.tgz`,
          }),
        },
      },
    })
  })

  it('is asked for once, however many want it at the same time', async () => {
    givePackument(upstream, 'crowd', { '1.0.0': 30 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => index.get('/npm/crowd', short)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(upstream.asked).toEqual(['GET /crowd 200'])
  })

  it('is confirmed by its entity tag when it is no longer fresh, and served meanwhile', async () => {
    givePackument(upstream, 'warm', { '1.0.0': 30 })
    expect((await index.get('/npm/warm', full)).headers.get('slipway-upstream')).toBeNull()
    await index.wait(61_000)
    expect((await index.get('/npm/warm', full)).headers.get('slipway-upstream')).toBe('stale')
    await expect.poll(() => upstream.asked).toEqual(['GET /warm 200', 'GET /warm 304'])
    const again = await index.get('/npm/warm', full)
    expect(again.headers.get('slipway-upstream')).toBeNull()
  })

  it('is served as it was while the upstream is down, and new when that is back', async () => {
    givePackument(upstream, 'down', { '1.0.0': 30 })
    await index.get('/npm/down', full)
    upstream.down = (_request, response) => void response.writeHead(503).end()
    await index.wait(3_600_000)
    const answer = await index.get('/npm/down', full)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('slipway-upstream')).toBe('stale')
    upstream.down = null
    givePackument(upstream, 'down', { '1.0.0': 30, '1.1.0': 1 })
    await index.wait(3_600_000)
    expect((await index.get('/npm/down', full)).json['dist-tags']).toMatchObject({ latest: '1.1.0' })
    expect((await index.get('/metrics')).text).toMatch(
      /slipway_upstream_requests_total\{ecosystem="npm",outcome="failed"\} [1-9]/,
    )
  })

  it('is not there when upstream has none, and a proper error when upstream says nothing at all', async () => {
    expect((await index.get('/npm/nobody', full)).status).toBe(404)
    upstream.down = (request) => void request.socket.destroy()
    const answer = await index.get('/npm/never-seen', full)
    expect(answer.status).toBe(502)
    expect(answer.json.detail).toMatch(/^The upstream of npm:never-seen gives no answer: /)
  })

  it('gives single versions, tags and files', async () => {
    givePackument(upstream, 'parts', { '1.0.0': 30, '1.1.0': 20 })
    expect((await index.get('/npm/parts/latest')).json.version).toBe('1.1.0')
    expect((await index.get('/npm/parts/1.0.0')).json._npmUser).toEqual({ name: 'mona' })
    expect((await index.get('/npm/-/package/parts/dist-tags')).json).toEqual({
      latest: '1.1.0',
      next: '1.0.0',
    })
    const file = await index.get('/npm/parts/-/parts-1.0.0.tgz')
    expect([file.status, file.headers.get('location')]).toEqual([
      302,
      `${upstream.url}/parts/-/parts-1.0.0.tgz`,
    ])
    expect((await index.get('/npm/parts/-/parts-9.9.9.tgz')).status).toBe(404)
  })
})

describe('what proves where a version was built', () => {
  it('is asked of the upstream under its own address only', async () => {
    const type = 'application/json'
    const theirKey = { keyid: 'SHA256:theirs', key: 'AA==', expires: null }
    upstream.answers.set('/-/npm/v1/keys', { type, body: JSON.stringify({ keys: [theirKey] }) })
    upstream.answers.set('/-/npm/v1/attestations/%40s%2Fleft@1.0.0', { type, body: '{"attestations":[2]}' })
    upstream.answers.set('/-/secret', { type, body: '{}' })
    expect((await index.get('/npm/-/npm/v1/keys')).json).toMatchObject({
      keys: [{ scheme: 'ecdsa-sha2-nistp256' }, theirKey],
    })
    expect((await index.get('/-/npm/v1/attestations/@s%2fleft@1.0.0')).json).toEqual({ attestations: [2] })
    expect((await index.get('/npm/-/npm/v1/attestations/none@1.0.0')).status).toBe(404)
    expect((await index.get('/npm/-/npm/v1/attestations/..%2f..%2f..%2fsecret@1.0.0')).status).toBe(404)
    expect(upstream.asked.filter((line) => line.includes('secret'))).toEqual([])
  })

  it.each<[string, NonNullable<TinyUpstream['down']>]>([
    ['nothing', (_, response) => void response.destroy()],
    ['403 to all', (_, response) => void response.writeHead(403).end()],
    [
      'a page to sign in at',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<script>alert(1)</script>'),
    ],
  ])('is kept while the upstream answers %s, and nothing else is passed on', async (_, down) => {
    const attestations = '/npm/-/npm/v1/attestations/@s%2fleft@1.0.0'
    const before = await index.get(attestations)
    expect(before.json).toEqual({ attestations: [2] })
    upstream.down = down
    const after = await index.get(attestations)
    expect([after.status, after.json]).toEqual([200, before.json])
    expect(after.headers.get('content-type')).toBe('application/json')
    const keys = (await index.get('/npm/-/npm/v1/keys')).json.keys
    expect(keys).toMatchObject([{ scheme: 'ecdsa-sha2-nistp256' }, { keyid: 'SHA256:theirs' }])
    const other = await index.get('/npm/-/npm/v1/attestations/@s%2fleft@2.0.0')
    expect([404, 502]).toContain(other.status)
    expect(other.text).not.toContain('script')
  })
})

describe('names that belong here', () => {
  it('never come from upstream when they are reserved or hosted', async () => {
    givePackument(upstream, '@acme/secret', { '9.9.9': 30 })
    expect((await index.get('/npm/@acme%2fsecret', full)).status).toBe(404)
    await publishNpm(index, '@acme/secret', '1.0.0')
    expect((await index.get('/npm/@acme%2fsecret', full)).json['dist-tags']).toMatchObject({
      latest: '1.0.0',
    })
    await publishNpm(index, 'ours', '1.0.0')
    givePackument(upstream, 'ours', { '9.9.9': 30 })
    await index.wait(3_600_000)
    expect((await index.get('/npm/ours', full)).json['dist-tags']).toMatchObject({ latest: '1.0.0' })
    expect(upstream.asked.filter((line) => line.includes('200'))).toEqual([])
  })

  it.each([
    '/npm/@acme%2fhush',
    '/npm/@acme/hush?write=true',
    '/channel/candidate/npm/@acme/hush',
    '/npm/@acme/hush/1.0.0',
    '/npm/@acme/hush/-/hush-1.0.0.tgz',
    '/@acme/hush/-/hush-1.0.0.tgz',
    '/npm/-/package/@acme%2fhush/dist-tags',
    '/npm/-/npm/v1/attestations/@acme%2fhush@1.0.0',
    '/-/npm/v1/attestations/@acme/hush@1.0.0',
    '/api/v1/packages/npm/@acme/hush',
    '/api/v1/packages/npm/@acme/hush/upstream',
    '/packages/npm/@acme/hush',
  ])('are told to no upstream by %s', async (path) => {
    expect([404, 405]).toContain((await index.get(path)).status)
    expect(upstream.asked).toEqual([])
  })

  it('are not taken over by an upload: that needs an operator who says so', async () => {
    givePackument(upstream, 'theirs', { '1.0.0': 30 })
    const refused = await publishNpm(index, 'theirs', '2.0.0')
    expect(refused.status).toBe(403)
    expect(refused.json.detail).toContain('PUT /api/v1/packages/npm/theirs/shadow with {"shadow": true}')
    expect(await index.stores.packages.get('npm:theirs')).toBeNull()
    const publisher = await index.token(['publish'], ['npm:*'])
    const path = '/api/v1/packages/npm/theirs/shadow'
    expect((await index.ask('PUT', path, { shadow: true }, publisher)).status).toBe(403)
    expect((await index.ask('PUT', path, { shadow: true })).json).toMatchObject({ shadow: true })
    expect((await index.get('/npm/theirs', full)).status).toBe(404)
    expect((await publishNpm(index, 'theirs', '2.0.0')).status).toBe(201)
    expect(Object.keys(Object((await index.get('/npm/theirs', full)).json.versions))).toEqual(['2.0.0'])
  })

  it('include those that are reserved before any file exists', async () => {
    const reserve = (name: string) =>
      index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.0.0`] })
    expect((await reserve('coming')).status).toBe(201)
    givePackument(upstream, 'coming', { '9.9.9': 30 })
    expect((await index.get('/npm/coming', full)).status).toBe(404)
    givePackument(upstream, 'there', { '0.9.0': 30 })
    const refused = await reserve('there')
    expect([refused.status, refused.json.field]).toEqual([403, 'package'])
    expect((await index.get('/npm/there', full)).status).toBe(200)
  })

  it('are not taken over while upstream cannot be asked', async () => {
    upstream.down = (_request, response) => void response.writeHead(500).end()
    expect((await publishNpm(index, 'unsure', '1.0.0')).status).toBe(502)
    expect(await index.stores.packages.get('npm:unsure')).toBeNull()
  })
})
