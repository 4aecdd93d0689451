/** An upstream that says no, one that is out of order, and one that says something else than it means. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}", fresh: 1s } }`)
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

const minutes = 60_000
const answer =
  (status: number): TinyUpstream['down'] =>
  (_request, response) =>
    void response.writeHead(status).end()
const refresh = (name: string) => index.overlay.refresh(`npm:${name}`)
const versionOf = async (name: string, version: string) => {
  const { json } = await index.get(`/npm/${name}`, { accept: 'application/json' })
  return (json.versions as Record<string, { deprecated?: string }>)[version]
}
const statesOf = async (name: string) =>
  Object.values((await index.overlay.note(`npm:${name}`))?.withdrawals ?? {}).map(({ state }) => state)
const pin = async (name: string, version: string) => (await index.get(`/npm/${name}/${version}`)).status
const tarball = async (name: string, version: string) =>
  (await index.get(`/npm/${name}/-/${name}-${version}.tgz`)).status

describe('an upstream that is out of order', () => {
  it.each([401, 407, 429, 500, 503])(
    'and answers %i keeps the last good document, and is named',
    async (status) => {
      givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 1 })
      await refresh('lib')
      upstream.down = answer(status)
      await refresh('lib')
      expect(await versionOf('lib', '1.1.0')).not.toHaveProperty('deprecated')
      expect(await statesOf('lib')).toEqual([])
      const { json } = await index.get('/readyz')
      expect(json).toMatchObject({
        ok: true,
        status: 'degraded',
        upstreams: [{ ecosystem: 'npm', url: upstream.url, why: expect.any(String) }],
      })
      upstream.down = null
      await refresh('lib')
      expect((await index.get('/readyz')).json).toMatchObject({ ok: true, status: 'ready', upstreams: [] })
    },
  )

  it.each([403, 404])('and answers %i to all for an hour loses no pin and blocks nothing', async (status) => {
    const names = Array.from({ length: 12 }, (_, number) => `lib${number}`)
    for (const name of names) givePackument(upstream, name, { '1.0.0': 100, '1.1.0': 1 })
    for (const name of names) await refresh(name)
    upstream.down = answer(status)
    for (let minute = 0; minute < 60; minute += 6) {
      for (const name of names) await refresh(name)
      await index.wait(6 * minutes)
    }
    for (const name of names) {
      expect(await pin(name, '1.1.0')).toBe(200)
      expect(await statesOf(name)).not.toContain('blocked')
    }
    expect((await index.get('/readyz')).json).toMatchObject({ status: 'degraded' })
    upstream.down = null
    for (const name of names) await refresh(name)
    for (const name of names) expect(await versionOf(name, '1.1.0')).not.toHaveProperty('deprecated')
    expect((await index.get('/readyz')).json).toMatchObject({ ok: true, status: 'ready', upstreams: [] })
  })
})

describe('an upstream that withdraws', () => {
  it('one release of many: hidden at once, blocked when it is believed, and back with the same bytes', async () => {
    const all = givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90, '1.1.0': 2 })
    givePackument(upstream, 'other', { '1.0.0': 100 })
    await refresh('lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90 })
    await refresh('lib')
    expect((await versionOf('lib', '1.1.0'))?.deprecated).toMatch(/^Withdrawn by its index on 20/)
    const { json } = await index.get('/npm/-/package/lib/dist-tags')
    expect(json.latest).toBe('1.0.1')
    expect(await tarball('lib', '1.1.0')).toBe(302)
    for (let looks = 0; looks < 2; looks += 1) {
      await index.wait(3 * minutes)
      await refresh('other')
      await refresh('lib')
    }
    expect(await statesOf('lib')).toEqual(['blocked'])
    expect(await tarball('lib', '1.1.0')).toBe(403)
    expect(await versionOf('lib', '1.1.0')).toBeUndefined()
    expect(await tarball('lib', '1.0.1')).toBe(302)
    upstream.answers.set('/lib', { type: 'application/json', body: JSON.stringify(all) })
    await refresh('lib')
    expect(await versionOf('lib', '1.1.0')).not.toHaveProperty('deprecated')
    expect(await tarball('lib', '1.1.0')).toBe(302)
  })

  it('an old release: pins keep it', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90, '1.1.0': 80 })
    givePackument(upstream, 'other', { '1.0.0': 100 })
    await refresh('lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90 })
    for (let looks = 0; looks < 4; looks += 1) {
      await refresh('lib')
      await refresh('other')
      await index.wait(3 * minutes)
    }
    expect(await statesOf('lib')).toEqual(['kept'])
    expect(await pin('lib', '1.1.0')).toBe(200)
    expect(await tarball('lib', '1.1.0')).toBe(302)
  })

  it('is not believed while it answers for nothing else', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 2 })
    await refresh('lib')
    upstream.answers.delete('/lib')
    for (let looks = 0; looks < 5; looks += 1) {
      await refresh('lib')
      await index.wait(3 * minutes)
    }
    expect(await statesOf('lib')).toEqual(['doubted'])
    expect(await pin('lib', '1.0.0')).toBe(200)
  })

  it('more than twenty young releases in an hour: the rest waits for a person', async () => {
    const names = Array.from({ length: 24 }, (_, number) => `lib${number}`)
    givePackument(upstream, 'other', { '1.0.0': 100 })
    for (const name of names) {
      givePackument(upstream, name, { '1.0.0': 100, '1.0.1': 90, '1.1.0': 2 })
      await refresh(name)
      givePackument(upstream, name, { '1.0.0': 100, '1.0.1': 90 })
    }
    for (let looks = 0; looks < 3; looks += 1) {
      for (const name of names) await refresh(name)
      await index.wait(3 * minutes)
      await refresh('other')
    }
    const states = (await Promise.all(names.map(statesOf))).flat()
    expect(states.filter((state) => state === 'blocked')).toHaveLength(20)
    expect(states.filter((state) => state === 'waits')).toHaveLength(4)
  })

  it('and what it withdrew is still marked after a restart', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90, '1.1.0': 80 })
    await refresh('lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90 })
    await refresh('lib')
    const again = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}" } }`, index.stores)
    const { text } = await again.get('/npm/lib', { accept: 'application/json' })
    expect(text).toContain('Withdrawn by its index on')
    expect((await again.get('/npm/lib/1.1.0')).status).toBe(200)
    await again.close()
  })
})

describe('a name that was never there', () => {
  it.each([403, 404, 410, 451])('is answered with the upstream’s own %i, at once', async (status) => {
    upstream.answers.set('/nobody', (_request, response) => void response.writeHead(status).end())
    expect((await index.get('/npm/nobody')).status).toBe(status)
    expect((await index.get('/readyz')).json).toMatchObject({ ok: true, status: 'ready', upstreams: [] })
  })
})

describe('a document that is much shorter than before', () => {
  it.each<[string, string[]]>([
    ['without versions', []],
    ['with a third of them', ['1.0.0']],
  ])('%s counts when the upstream says so twice', async (_, left) => {
    const whole = givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 90, '1.2.0': 80 })
    await refresh('lib')
    const versions = Object.fromEntries(Object.entries(whole.versions).filter(([key]) => left.includes(key)))
    const body = JSON.stringify({ ...whole, versions })
    upstream.answers.set('/lib', { type: 'application/json', body })
    await refresh('lib')
    expect(await versionOf('lib', '1.2.0')).not.toHaveProperty('deprecated')
    expect(index.said.join('\n')).toMatch(/much less .* names \d of 3 versions/)
    await refresh('lib')
    expect((await versionOf('lib', '1.2.0'))?.deprecated).toMatch(/^Withdrawn/)
  })
})
