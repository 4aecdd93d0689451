/** What goes wrong between a server and the index behind it: no pin fails, nothing is blocked, and it is said. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { aPackument, givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(
    `upstreams: { npm: { url: "${upstream.url}", fresh: 1s, credentials: { token: NPM_UPSTREAM_TOKEN } } }
adopt: [{ match: "npm:adopted*" }]`,
  )
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

const minutes = 60_000
const refresh = (name: string) => index.overlay.refresh(`npm:${name}`)
const statesOf = async (name: string) =>
  Object.values((await index.overlay.note(`npm:${name}`))?.withdrawals ?? {}).map(({ state }) => state)
/** What a lock file asks for: the document, the version, and the tarball. */
const pins = async (name: string, version: string) => {
  const { json } = await index.get(`/npm/${name}`, { accept: 'application/json' })
  const paths = [`/npm/${name}/${version}`, `/npm/${name}/-/${name}-${version}.tgz`]
  const answers = await Promise.all(paths.map(async (path) => (await index.get(path)).status))
  return [Object.hasOwn(Object(json.versions), version), ...answers]
}
const works = [true, 200, 302]
/** The versions that the document of everybody marks. */
const hidden = async (name: string) => {
  const { json } = await index.get(`/npm/${name}`, { accept: 'application/json' })
  return Object.entries(Object(json.versions)).flatMap(([version, manifest]) =>
    Object(manifest).deprecated === undefined ? [] : [version],
  )
}
const names = [
  ...Array.from({ length: 9 }, (_, number) => `lib${number}`),
  'adopted1',
  'adopted2',
  'adopted3',
]
const giveAll = () => {
  for (const name of names) givePackument(upstream, name, { '1.0.0': 100, '1.1.0': 20, '1.2.0': 10 })
}

describe('an upstream that fails everybody for an hour', () => {
  it.each<[string, NonNullable<TinyUpstream['down']>, RegExp]>([
    ['its credential expired', (_, response) => void response.writeHead(401).end(), /answered 401/],
    [
      'a proxy wants to be asked nicely',
      (_, response) => void response.writeHead(407).end(),
      /wants credentials \(407\)/,
    ],
    [
      'a proxy answers 403 to all',
      (_, response) => void response.writeHead(403).end(),
      /answers 403 for \d+ names/,
    ],
    ['404 to all', (_, response) => void response.writeHead(404).end(), /answers 404 for \d+ names/],
    [
      'documents without versions',
      ({ url }, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ ...aPackument(String(url).slice(1), { '1.0.0': 1 }), versions: {} })),
      /gives much less than before/,
    ],
    [
      'a page to sign in at',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      /expected JSON/,
    ],
  ])('%s: pins work, nobody loses anything, nothing is blocked, and it is said', async (_, down, said) => {
    giveAll()
    for (const name of names) await refresh(name)
    await index.adopt()
    upstream.down = down
    for (let minute = 0; minute < 60; minute += 6) {
      for (const name of names) await refresh(name)
      await index.adopt()
      await index.wait(6 * minutes)
      for (const name of names) expect([name, ...(await pins(name, '1.2.0'))]).toEqual([name, ...works])
    }
    for (const name of names) {
      expect([name, await statesOf(name)]).toEqual([name, []])
      if (name.startsWith('lib')) expect([name, await hidden(name)]).toEqual([name, []])
    }
    const { json } = await index.get('/readyz')
    expect(json).toMatchObject({
      ok: true,
      status: 'degraded',
      upstreams: [
        {
          ecosystem: 'npm',
          url: upstream.url,
          credential: 'NPM_UPSTREAM_TOKEN',
          why: expect.stringMatching(said),
        },
      ],
    })
    const told = index.said.filter((line) => line.startsWith('an upstream is out of order'))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('NPM_UPSTREAM_TOKEN')
    const page = (await index.get('/')).text
    expect(page).toMatch(said)
    expect(page).toContain('credentials of NPM_UPSTREAM_TOKEN')
    expect((await index.get('/metrics')).text).toContain('slipway_upstream_out_of_order{ecosystem="npm"} 1')

    upstream.down = null
    for (const name of names) await refresh(name)
    expect((await index.get('/readyz')).json).toMatchObject({ status: 'ready', upstreams: [] })
    expect((await index.get('/metrics')).text).toContain('slipway_upstream_out_of_order{ecosystem="npm"} 0')
    expect((await index.get('/')).text).not.toContain('out of order')
    expect(await pins('lib0', '1.2.0')).toEqual(works)
  })
})

it('a permission on one name is lost: its pins work, nothing is blocked, and it is said', async () => {
  giveAll()
  for (const name of names) await refresh(name)
  upstream.answers.set('/lib3', (_, response) => void response.writeHead(403).end())
  for (let minute = 0; minute < 60; minute += 4) {
    for (const name of names) await refresh(name)
    await index.wait(4 * minutes)
    expect(await pins('lib3', '1.2.0')).toEqual(works)
    expect(await statesOf('lib3')).not.toContain('blocked')
  }
  expect(await statesOf('lib3')).toEqual(['kept', 'kept', 'kept'])
  expect(await hidden('lib3')).toEqual(['1.0.0', '1.1.0', '1.2.0'])
  expect(await hidden('lib4')).toEqual([])
  expect(index.said.join('\n')).toMatch(/withdrew versions .*npm:lib3.*"status":403/)
  const { json } = await index.get('/api/v1/packages/npm/lib3/upstream')
  expect(json.changes).toMatchObject([{ kind: 'deleted', detail: 'it answers 403' }])
  expect((await index.get('/readyz')).json).toMatchObject({ status: 'ready' })
  givePackument(upstream, 'lib3', { '1.0.0': 100, '1.1.0': 20, '1.2.0': 10 })
  await refresh('lib3')
  expect(await hidden('lib3')).toEqual([])
})

describe('one release of a hundred that is quarantined', () => {
  const ages = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`1.${number}.0`, 120 - number]))
  const { '1.99.0': _, ...left } = ages

  it('is hidden at the first look, blocked within ten minutes by itself, and back with its bytes', async () => {
    givePackument(upstream, 'other', { '1.0.0': 100 })
    const whole = givePackument(upstream, 'big', ages)
    for (const name of ['other', 'big']) await refresh(name)
    givePackument(upstream, 'big', left)
    // Somebody asks once; nobody asks for anything else afterwards.
    await index.wait(2000)
    await index.get('/npm/big')
    await refresh('big')
    expect(await hidden('big')).toEqual(['1.99.0'])
    expect(await pins('big', '1.99.0')).toEqual(works)
    for (let minute = 0; minute < 10; minute += 1) await index.wait(minutes)
    expect(await statesOf('big')).toEqual(['blocked'])
    expect(await pins('big', '1.99.0')).toEqual([false, 404, 403])
    expect(await pins('big', '1.98.0')).toEqual(works)
    upstream.answers.set('/big', { type: 'application/json', body: JSON.stringify(whole) })
    await index.get('/npm/big')
    await refresh('big')
    expect(await hidden('big')).toEqual([])
    expect(await pins('big', '1.99.0')).toEqual(works)
  })

  it('with other bytes it does not come back', async () => {
    givePackument(upstream, 'other', { '1.0.0': 100 })
    for (const name of ['other', 'big']) {
      if (name === 'big') givePackument(upstream, 'big', ages)
      await refresh(name)
    }
    givePackument(upstream, 'big', left)
    await refresh('big')
    for (let minute = 0; minute < 10; minute += 1) await index.wait(minutes)
    const other = JSON.stringify(aPackument('big', ages)).replaceAll('sha512-', 'sha512-A')
    upstream.answers.set('/big', { type: 'application/json', body: other })
    await refresh('big')
    expect(await pins('big', '1.99.0')).toEqual([false, 404, 403])
  })
})
