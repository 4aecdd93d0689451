import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { npmIn } from '../server/clients.ts'
import { packNpm } from '../server/running-server.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const full = { accept: 'application/json' }

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
})
afterEach(async () => {
  await index.close()
  await upstream.close()
})

async function start(files: string, rest = ''): Promise<void> {
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}" } }
files: ${files}
${rest}`)
}

/** A package whose tarballs are real, so that npm itself can install it. */
async function giveReal(name: string, ages: Readonly<Record<string, number>>) {
  const document = givePackument(upstream, name, ages)
  for (const [version, manifest] of Object.entries(document.versions)) {
    const bytes = await packNpm(name, version)
    const { dist, scripts: _, ...rest } = manifest as { dist: object; scripts: unknown }
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const shasum = createHash('sha1').update(bytes).digest('hex')
    const { signatures: _s, attestations: _a, ...plain } = dist as Record<string, unknown>
    Object.assign(document.versions, { [version]: { ...rest, dist: { ...plain, integrity, shasum } } })
    upstream.answers.set(`/${name}/-/${name}-${version}.tgz`, {
      type: 'application/octet-stream',
      body: bytes,
    })
  }
  upstream.answers.set(`/${name}`, { type: 'application/json', body: JSON.stringify(document) })
}

async function tarballOf(view: string): Promise<string> {
  const { json } = await index.get(`${view}/npm/lib`, full)
  const versions = json.versions as Record<string, { dist: { tarball: string } }>
  return versions['1.0.0']?.dist.tarball ?? ''
}

describe('files of another index', () => {
  it.each([
    ['keep', () => `${upstream.url}/lib/-/lib-1.0.0.tgz`],
    ['redirect', () => `${index.url}/npm/lib/-/lib-1.0.0.tgz`],
    ['proxy', () => `${index.url}/npm/lib/-/lib-1.0.0.tgz`],
  ])('%s: documents say where they are, without any view', async (mode, address) => {
    await giveReal('lib', { '1.0.0': 30 })
    await start(mode)
    expect(await tarballOf('')).toBe(address())
    expect(await tarballOf('/as/somebody')).toBe(address())
    const answer = await index.get('/as/somebody/npm/lib/-/lib-1.0.0.tgz')
    expect(answer.status).toBe(mode === 'proxy' ? 200 : 302)
  })

  it.each(['keep', 'redirect', 'proxy'])(
    '%s: a client that writes down foreign addresses gets ours, and npm the one of the mode',
    async (mode) => {
      await giveReal('lib', { '1.0.0': 30 })
      await start(mode)
      const ours = `${index.url}/npm/lib/-/lib-1.0.0.tgz`
      const agents = {
        'pnpm/12.21.0 npm/? node/v24 linux x64': ours,
        'got (https://github.com/sindresorhus/got)': ours,
      }
      const theirs = mode === 'keep' ? `${upstream.url}/lib/-/lib-1.0.0.tgz` : ours
      for (const [agent, address] of Object.entries({
        ...agents,
        'npm/11.19.1': theirs,
        'yarn/1.22.22 npm/?': theirs,
        'Bun/1.4.5': theirs,
      })) {
        const { json } = await index.get('/npm/lib', { ...full, 'user-agent': agent })
        expect([agent, Object(json.versions)['1.0.0'].dist.tarball]).toEqual([agent, address])
        const one = await index.get('/npm/lib/1.0.0', { 'user-agent': agent })
        expect(Object(one.json.dist).tarball).toBe(address)
      }
      for (const path of [ours, `${index.url}/lib/-/lib-1.0.0.tgz`]) {
        const answer = await index.get(path.slice(index.url.length))
        expect(answer.status).toBe(mode === 'proxy' ? 200 : 302)
      }
    },
  )

  it('each version has its own tarball where all addresses end alike', async () => {
    const document = givePackument(upstream, '@s/lib', { '1.0.0': 30, '1.1.0': 20 })
    for (const [version, manifest] of Object.entries(document.versions)) {
      Object.assign(manifest as object, { dist: { tarball: `/download/@s/lib/${version}/lib.tgz` } })
    }
    upstream.answers.set('/@s%2flib', { type: 'application/json', body: JSON.stringify(document) })
    await start('redirect')
    const { json } = await index.get('/npm/@s/lib', full)
    for (const version of ['1.0.0', '1.1.0']) {
      const ours = `${index.url}/npm/@s/lib/-/lib-${version}.tgz`
      expect(Object(json.versions)[version].dist.tarball).toBe(ours)
      for (const path of [`/npm/@s/lib/-/lib-${version}.tgz`, `/npm/download/@s/lib/${version}/lib.tgz`]) {
        const answer = await index.get(path)
        expect(answer.headers.get('location')).toBe(`${upstream.url}/download/@s/lib/${version}/lib.tgz`)
      }
    }
    expect((await index.get('/npm/@s/lib/-/lib.tgz')).status).toBe(404)
  })

  it('a tarball is found by the name that its own index gave it, too', async () => {
    const document = givePackument(upstream, 'lib', { '1.0.0': 30 })
    Object.assign(Object(document.versions)['1.0.0'], { dist: { tarball: '/lib/-/lib-v1.0.0.tgz' } })
    upstream.answers.set('/lib', { type: 'application/json', body: JSON.stringify(document) })
    await start('keep')
    for (const name of ['lib-v1.0.0.tgz', 'lib-1.0.0.tgz']) {
      expect((await index.get(`/npm/lib/-/${name}`)).headers.get('location')).toBe(
        `${upstream.url}/lib/-/lib-v1.0.0.tgz`,
      )
    }
  })

  it.each(['keep', 'redirect', 'proxy'])('%s: npm installs through a clean cache', async (mode) => {
    await giveReal('lib', { '1.0.0': 30, '1.1.0': 20 })
    await start(mode)
    const npm = await npmIn(`${index.url}/npm/`)
    const ran = await npm.run('install', 'lib@^1.0.0')
    expect(ran).toMatchObject({ code: 0 })
    expect(await npm.installed('lib')).toBe('1.1.0')
  })

  it('proxy: fetched once, kept, and never other bytes than the document says', async () => {
    await giveReal('lib', { '1.0.0': 30 })
    await start('proxy')
    const get = () => index.get('/npm/lib/-/lib-1.0.0.tgz')
    const [first, second] = await Promise.all([get(), get()])
    expect([first.status, second.status, (await get()).status]).toEqual([200, 200, 200])
    expect(upstream.asked.filter((line) => line.includes('.tgz'))).toHaveLength(1)
    givePackument(upstream, 'lib', { '1.0.0': 30 })
    await index.overlay.refresh('npm:lib')
    const wrong = await get()
    expect(wrong.status).toBe(502)
    expect(wrong.json.detail).toMatch(/does not have the digest sha512-.* that its index gives/)
  })

  it('proxy: an archive that is called compressed comes out as it went in', async () => {
    await giveReal('lib', { '1.0.0': 30 })
    const given = upstream.answers.get('/lib/-/lib-1.0.0.tgz')
    const body = typeof given === 'object' ? given.body : ''
    upstream.answers.set('/lib/-/lib-1.0.0.tgz', (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity')
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/x-tar' }).end(body)
    })
    await start('proxy')
    const response = await fetch(`${index.url}/npm/lib/-/lib-1.0.0.tgz`)
    expect([response.status, response.headers.get('content-encoding')]).toEqual([200, null])
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body)
  })

  it('under a nonce they are ours, and the engine hears of the fetch', async () => {
    await giveReal('lib', { '1.0.0': 100, '1.1.0': 1 })
    await start('keep', 'adopt: [{ match: "npm:*" }]')
    await tarballOf('')
    await index.adopt()
    const { id } = index.engine.find('npm:lib@1.1.0') ?? { id: '' }
    const arm = `/arm/${id}/candidate/nonce1`
    expect(await tarballOf(arm)).toBe(`${index.url}${arm}/npm/lib/-/lib-1.0.0.tgz`)
    expect((await index.get(`${arm}/npm/lib/-/lib-1.1.0.tgz`)).headers.get('location')).toBe(
      `${upstream.url}/lib/-/lib-1.1.0.tgz`,
    )
    expect(Object((await index.get(`${arm}/npm/lib`, full)).json['dist-tags']).latest).toBe('1.1.0')
    const baseline = await index.get(`/arm/${id}/baseline/npm/lib`, full)
    expect(Object(baseline.json['dist-tags']).latest).toBe('1.0.0')
  })

  it('a blocked release is refused, pins included', async () => {
    await giveReal('lib', { '1.0.0': 100, '1.1.0': 1 })
    await start('proxy', 'adopt: [{ match: "npm:*" }]')
    await tarballOf('')
    await index.adopt()
    const { id } = index.engine.find('npm:lib@1.1.0') ?? { id: '' }
    const actor = {
      kind: 'token',
      id: 't',
      name: 't',
      owner: 'ops',
      as: 'mona',
      scopes: ['operate'],
    } as const
    const outcome = await index.engine.run(id, { type: 'block' }, { actor, reason: 'steals secrets' })
    expect(outcome.ok).toBe(true)
    const document = (await index.get('/npm/lib', full)).json
    expect(Object.keys(Object(document.versions))).toEqual(['1.0.0'])
    expect(document.policyRestrictions).toMatchObject({ message: expect.stringContaining('steals secrets') })
    const file = await index.get('/npm/lib/-/lib-1.1.0.tgz')
    expect([file.status, file.json.detail]).toEqual([403, expect.stringContaining('steals secrets')])
    expect((await index.get('/npm/lib/1.1.0')).status).toBe(404)
  })
})
