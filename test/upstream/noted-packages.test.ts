/** What is decided here about packages of another index: late files, blocks, exceptions, held pins. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { aPackument, givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

const hours = 60 * 60_000
const days = 24 * hours
const jsonType = 'application/vnd.pypi.simple.v1+json'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function start(more = 'adopt: [{ match: "*" }]') {
  index = await startOverlaid(
    `upstreams: { npm: { url: "${upstream.url}", fresh: 1s }, pypi: { url: "${upstream.url}/simple", fresh: 1s } }\n${more}`,
  )
  return index
}

interface PageFile {
  readonly tag?: string
  readonly metadata?: string
  readonly proven?: boolean
  readonly bytes?: string
  readonly ageDays?: number
}

/** A project page of wheels of `lib`, `version tag` each. */
function givePage(files: Readonly<Record<string, PageFile>>, change: Readonly<Record<string, unknown>> = {}) {
  const listed = Object.entries(files).map(
    ([key, { metadata = 'm', proven = true, bytes = key, ageDays = 100 }]) => {
      const filename = key.endsWith('.tar.gz') ? `lib-${key}` : `lib-${key.replace(' ', '-py3-none-')}.whl`
      return {
        filename,
        url: `https://files.example.org/${filename}`,
        hashes: { sha256: sha256(bytes) },
        'upload-time': new Date(Date.now() - ageDays * days).toISOString(),
        yanked: false,
        ...(filename.endsWith('.whl') && { 'core-metadata': { sha256: sha256(metadata) } }),
        ...(proven && { provenance: 'https://example.org/provenance' }),
      }
    },
  )
  const document = { meta: { 'api-version': '1.1' }, name: 'lib', files: listed, ...change }
  upstream.answers.set('/simple/lib/', { type: jsonType, body: JSON.stringify(document) })
}

/** Which files of the page are not yanked, by what comes after `lib-`. */
async function offered(view = ''): Promise<readonly string[]> {
  const page = await index.get(`${view}/pypi/simple/lib/`, { accept: jsonType })
  const files = page.json.files as { filename: string; yanked: unknown }[]
  const html = await index.get(`${view}/pypi/simple/lib/`, { accept: 'text/html' })
  const inHtml = [...html.text.matchAll(/<a ([^>]*)>([^<]*)</g)].flatMap(([, attributes = '', name]) =>
    attributes.includes('data-yanked') ? [] : [name],
  )
  const open = files.filter(({ yanked }) => yanked === false).map(({ filename }) => filename)
  expect(inHtml).toEqual(open)
  return open.map((name) => name.replace(/^lib-|\.whl$/g, ''))
}

const refresh = (name = 'pypi:lib') => index.overlay.refresh(name)

describe('a file that comes late to a version that people get', () => {
  const whole = { '1.0.0 any': {}, '1.0.0.tar.gz': {} }
  const both = ['1.0.0-py3-none-any', '1.0.0.tar.gz']

  it.each<[string, PageFile, boolean]>([
    ['another wheel of the same metadata', {}, true],
    ['a wheel that says something else of itself', { metadata: 'other' }, false],
    ['a wheel that does not prove where it was built, as the others do', { proven: false }, false],
  ])('%s is hidden, and shown after a day: %j', async (_, file, isShown) => {
    givePage(whole)
    await start()
    await refresh()
    givePage({ ...whole, '1.0.0 linux_x86_64': file })
    await index.wait(2000)
    await refresh()
    expect(await offered()).toEqual(both)
    expect(await offered('/channel/candidate')).toEqual(both)
    const { json } = await index.get('/pypi/simple/lib/', { accept: jsonType })
    expect(JSON.stringify(json)).toContain('came later than the others of its version')
    expect((await index.get('/pypi/files/lib/lib-1.0.0-py3-none-linux_x86_64.whl')).status).toBe(302)
    await index.wait(25 * hours)
    await refresh()
    const late = '1.0.0-py3-none-linux_x86_64'
    expect(await offered()).toEqual(isShown ? [...both, late] : both)
  })

  it('is none where it went and came back: mirrors that are behind each other take files and bring them', async () => {
    givePage(whole)
    await start()
    await refresh()
    for (let flap = 0; flap < 3; flap += 1) {
      givePage({ '1.0.0.tar.gz': {} })
      await index.wait(2000)
      await refresh()
      expect(await offered()).toEqual(['1.0.0.tar.gz'])
      givePage(whole)
      await index.wait(2000)
      await refresh()
      expect(await offered()).toEqual(both)
    }
  })

  it('stays as late as it was, when it goes and comes back', async () => {
    givePage(whole)
    await start()
    await refresh()
    const late = { ...whole, '1.0.0 linux_x86_64': {} }
    givePage(late)
    await refresh()
    await index.wait(20 * hours)
    givePage(whole)
    await refresh()
    await index.wait(hours)
    givePage(late)
    await refresh()
    expect(await offered()).toEqual(both)
    await index.wait(4 * hours)
    await refresh()
    expect(await offered()).toEqual([...both, '1.0.0-py3-none-linux_x86_64'])
  })

  it('is known by its index’s own times at first sight', async () => {
    givePage({
      ...whole,
      '1.0.0 win32': { ageDays: 0.5 },
      '1.0.0 linux_x86_64': { ageDays: 0.5, metadata: 'other' },
      '1.0.0 macosx_11_0_arm64': { ageDays: 2, metadata: 'its own' },
    })
    await start()
    await refresh()
    const mac = '1.0.0-py3-none-macosx_11_0_arm64'
    expect(await offered()).toEqual([...both, mac])
    await index.wait(13 * hours)
    await refresh()
    expect(await offered()).toEqual([...both, '1.0.0-py3-none-win32', mac])
  })

  it('comes back with other bytes as a late one', async () => {
    givePage(whole)
    await start()
    await refresh()
    givePage({ '1.0.0.tar.gz': {} })
    await refresh()
    givePage({ ...whole, '1.0.0 any': { bytes: 'other' } })
    await refresh()
    expect(await offered()).toEqual(['1.0.0.tar.gz'])
  })

  it('an sdist is shown when a person says so, and hidden again', async () => {
    givePage({ '1.0.0 any': {} })
    await start()
    await refresh()
    givePage(whole)
    await refresh()
    const say = (shown: boolean, file = 'lib-1.0.0.tar.gz') =>
      index.ask('PUT', '/api/v1/packages/pypi/lib/late-files', { file, shown, reason: 'looked at it' })
    expect(await offered()).toEqual(['1.0.0-py3-none-any'])
    expect((await say(true)).json).toMatchObject({ file: 'lib-1.0.0.tar.gz', shown: true })
    expect(await offered()).toEqual(both)
    await say(false)
    expect(await offered()).toEqual(['1.0.0-py3-none-any'])
    expect((await say(true, 'lib-9.tar.gz')).json.detail).toMatch(/expected a file that came late/)
  })

  it('one that comes within the upload of a pre-release, or to a package that no rule stages, is no late one', async () => {
    givePage({ '1.0.0 any': {}, '2.0.0rc1 any': { ageDays: 0 } })
    await start()
    await refresh()
    givePage({ '1.0.0 any': {}, '2.0.0rc1 any': { ageDays: 0 }, '2.0.0rc1 linux_x86_64': { ageDays: 0 } })
    await refresh()
    expect(await offered()).toContain('2.0.0rc1-py3-none-linux_x86_64')
    givePage({ '1.0.0 any': {}, '2.0.0rc1 any': { ageDays: 0 }, '2.0.0rc1 win32': { ageDays: 0 } })
    await index.wait(3 * hours)
    await refresh()
    expect(await offered()).not.toContain('2.0.0rc1-py3-none-win32')
    await index.close()
    givePage({ '1.0.0 any': {} })
    await start('')
    await refresh()
    givePage(whole)
    await refresh()
    expect(await offered()).toEqual(both)
  })

  it('bytes that change under a name are others than those that were let out', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 50 })
    await start()
    await refresh('npm:lib')
    const changed = aPackument('lib', { '1.0.0': 100, '1.1.0': 50 })
    const { dist } = Object(changed.versions['1.1.0'])
    dist.integrity = `sha512-${createHash('sha512').update('other').digest('base64')}`
    upstream.answers.set('/lib', { type: 'application/json', body: JSON.stringify(changed) })
    await refresh('npm:lib')
    const { json } = await index.get('/npm/lib', { accept: 'application/json' })
    expect(Object(json['dist-tags']).latest).toBe('1.0.0')
    expect(Object(json.versions)['1.1.0'].deprecated).toMatch(/^Hidden by Slipway: its file is another/)
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(200)
  })

  it('of a release that climbs here it is on no sealed list', async () => {
    givePage({ '1.0.0 any': {}, '1.1.0 any': { ageDays: 0.5 } })
    await start(
      'adopt: [{ match: "*", policy: { stages: [{ percent: 0, bake: 15m }, { percent: 100, bake: 1h }], gates: {} } }]',
    )
    await index.adopt()
    await refresh()
    await index.adopt()
    await index.wait(20 * 60_000)
    expect(await offered('/channel/candidate')).toContain('1.1.0-py3-none-any')
    givePage({ '1.0.0 any': {}, '1.1.0 any': { ageDays: 0.5 }, '1.1.0 win32': { ageDays: 0, metadata: 'x' } })
    await refresh()
    expect(await offered('/channel/candidate')).not.toContain('1.1.0-py3-none-win32')
    await index.wait(2 * hours)
    expect(await offered()).toEqual(['1.0.0-py3-none-any', '1.1.0-py3-none-any'])
  })
})

describe('a person blocks a version of another index', () => {
  const block = (version: string, more: object = {}) =>
    index.ask('POST', '/api/v1/packages/npm/lib/block', { version, reason: 'it steals keys', ...more })

  it('and documents and files refuse it at once, until it is lifted', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 50 })
    await start('')
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(200)
    expect((await block('1.1.0')).json).toMatchObject({ blocked: 'it steals keys', rollout: null })
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(404)
    const refused = await index.get('/npm/lib/-/lib-1.1.0.tgz')
    expect([refused.status, refused.json.detail]).toEqual([
      403,
      'npm:lib@1.1.0 is blocked here: it steals keys',
    ])
    const { json } = await index.get('/npm/lib', { accept: 'application/json' })
    expect(Object(json['dist-tags']).latest).toBe('1.0.0')
    await refresh('npm:lib')
    expect((await index.get('/npm/lib/-/lib-1.1.0.tgz')).status).toBe(403)
    const lift = (version: string) =>
      index.ask('POST', '/api/v1/packages/npm/lib/unblock', { version, reason: 'false alarm' })
    expect((await lift('1.1.0')).json).toMatchObject({ blocked: null })
    expect((await index.get('/npm/lib/-/lib-1.1.0.tgz')).status).toBe(302)
    expect((await lift('1.1.0')).json.detail).toBe('npm:lib@1.1.0 is not blocked here.')
    expect((await block('9.9.9')).status).toBe(404)
  })

  it('for a time, and after a restart', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 50 })
    await start('')
    await index.get('/npm/lib')
    await block('1.1.0', { until: new Date(Date.now() + hours).toISOString() })
    const again = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}" } }`, index.stores)
    expect((await again.get('/npm/lib/1.1.0')).status).toBe(404)
    await again.wait(2 * hours)
    await again.overlay.refresh('npm:lib')
    expect((await again.get('/npm/lib/1.1.0')).status).toBe(200)
    await again.close()
  })
})

describe('an exception', () => {
  it('shows a version to everybody, on the day it names too, and no longer', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0.5, '1.2.0': 0.2 })
    const until = new Date(Date.now() + 2 * days).toISOString().slice(0, 10)
    await start(
      `adopt: [{ match: "*" }]\nexceptions: [{ package: "npm:lib", versions: "1.1.0", until: ${until}, reason: "fixes the build" }]`,
    )
    const latest = async () => Object((await index.get('/npm/-/package/lib/dist-tags')).json).latest
    await index.adopt()
    expect(await latest()).toBe('1.1.0')
    await index.wait(3 * days)
    await refresh('npm:lib')
    expect(await latest()).toBe('1.0.0')
  })

  it('lets a package in that is new', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 0.1 })
    const rules = 'adopt: [{ match: "*" }]'
    await start(`${rules}\nexceptions: [{ package: "lib", until: 2999-01-01, reason: "ours" }]`)
    expect((await index.get('/npm/lib')).status).toBe(200)
  })
})

describe('pins: hold', () => {
  it.each([
    ['hold', 404],
    ['serve', 200],
  ] as const)('%s: a held release answers a pin with %i', async (pins, status) => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0.01 })
    const gates =
      'policy: { stages: [{ percent: 0, bake: 15m }, { percent: 100, bake: 1h }], gates: { canaries: { minCanaries: 1 } } }'
    await start(`adopt: [{ match: "*", pins: ${pins}, ${gates} }]`)
    await refresh('npm:lib')
    await index.adopt()
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(200)
    const id = index.engine.all()[0]?.id
    await index.ask('POST', `/api/v1/rollouts/${id}/hold`, { duration: '48h', reason: 'strange', as: 'mona' })
    await index.wait(1000)
    expect(index.engine.all()[0]?.heldSince).toEqual(expect.any(Number))
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(status)
    expect((await index.get('/npm/lib/-/lib-1.1.0.tgz')).status).toBe(status === 200 ? 302 : 403)
  })
})

describe('what an upstream puts in the place of a package', () => {
  const pin = async () => (await index.get('/npm/lib/1.0.0')).status
  const looks = async (name: string) => {
    for (let look = 0; look < 3; look += 1) {
      await refresh(name)
      await refresh('npm:other')
      await index.wait(3 * 60_000)
    }
  }

  it('a security placeholder blocks what was there, however old', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 900, '1.1.0': 800 })
    givePackument(upstream, 'other', { '1.0.0': 900 })
    await start()
    await refresh('npm:lib')
    givePackument(upstream, 'lib', { '0.0.1-security': 0 })
    await refresh('npm:lib')
    expect(await pin()).toBe(200)
    await looks('npm:lib')
    expect(await pin()).toBe(404)
    expect((await index.get('/npm/lib/-/lib-1.1.0.tgz')).status).toBe(403)
  })

  it.each<[string, object]>([
    ['with its files listed', {}],
    ['without files', { files: [] }],
  ])('a quarantined project %s is hidden at once, and blocked', async (_, change) => {
    givePage({ '1.0.0 any': {}, '1.1.0 any': {} })
    await start()
    await refresh()
    givePage({ '1.0.0 any': {}, '1.1.0 any': {} }, { 'project-status': { status: 'quarantined' }, ...change })
    upstream.answers.set('/simple/other/', {
      type: jsonType,
      body: JSON.stringify({ meta: {}, name: 'other', files: [] }),
    })
    await refresh()
    expect(await offered()).toEqual([])
    for (let look = 0; look < 3; look += 1) {
      await refresh('pypi:other')
      await refresh()
      await index.wait(3 * 60_000)
    }
    expect((await index.get('/pypi/files/lib/lib-1.1.0-py3-none-any.whl')).status).toBe(403)
  })
})
