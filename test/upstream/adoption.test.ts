import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const day = 24 * 60 * 60_000

let upstream: TinyUpstream
let index: OverlaidIndex | null = null
beforeEach(async () => {
  upstream = await startTinyUpstream()
})
afterEach(async () => {
  expect(index?.errors ?? []).toEqual([])
  await index?.close()
  await upstream.close()
})

async function adopting(rule = ''): Promise<OverlaidIndex> {
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}" }, pypi: { url: "${upstream.url}/simple" } }
adopt:
  - { match: "*", exclude: ["left-*"]${rule} }
`)
  return index
}

async function latest(from: OverlaidIndex, name: string, view = ''): Promise<unknown> {
  const { json } = await from.get(`${view}/npm/${name}`, { accept: 'application/json' })
  return Object(json['dist-tags']).latest
}

const rolling = (from: OverlaidIndex) =>
  from.engine
    .all()
    .filter(({ end }) => end === null)
    .flatMap(({ members }) => members.map(({ candidate, baseline }) => `${candidate} over ${baseline}`))

describe('the first sight of an adopted package', () => {
  it('counts what is old as released and stages what is young', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 10, '1.2.0': 1 })
    const from = await adopting()
    expect(await latest(from, 'lib')).toBe('1.1.0')
    await from.adopt()
    expect(rolling(from)).toEqual(['npm:lib@1.2.0 over npm:lib@1.1.0'])
    const shown = await from.get('/api/v1/packages/npm/lib')
    expect(shown.json).toMatchObject({ id: 'npm:lib', rollouts: [{ phase: 'staged' }] })
    expect((await from.get('/packages/npm/lib')).text).toContain('1.2.0')
    const again = await from.ask('POST', '/api/v1/rollouts', { releases: ['npm:lib@1.2.0'] })
    expect([again.status, again.json.phase]).toEqual([200, 'staged'])
    expect(await latest(from, 'lib')).toBe('1.1.0')
    expect(await latest(from, 'lib', '/channel/candidate')).toBe('1.2.0')
    const [state] = from.engine.all()
    expect(state?.policySource).toEqual({ kind: 'adopt', detail: 'the adopt rule for *' })
  })

  it.each([
    [
      'nothing is old: the greatest below the newest is the baseline',
      { '1.0.0': 0.2, '1.1.0': 0.1 },
      '1.0.0',
    ],
    ['there is one version: it is shown', { '1.0.0': 0.1 }, '1.0.0'],
    ['pre-releases are no candidates', { '1.0.0': 50, '2.0.0-rc.1': 0.1 }, '1.0.0'],
  ])('%s', async (_, ages, expected) => {
    givePackument(upstream, 'lib', ages)
    const from = await adopting(', newPackage: 0s')
    expect(await latest(from, 'lib')).toBe(expected)
    await from.adopt()
    expect(await latest(from, 'lib')).toBe(expected)
    expect(rolling(from).some((line) => line.includes('rc'))).toBe(false)
  })

  it('is put off while nothing of the package is a day old: the whole name is refused, and said once', async () => {
    givePackument(upstream, 'fresh', { '1.0.0': 0.5, '1.1.0': 0.1 })
    const from = await adopting()
    for (const path of ['/npm/fresh', '/npm/fresh/1.0.0', '/npm/fresh/-/fresh-1.0.0.tgz'])
      expect((await from.get(path)).status).toBe(404)
    const { json } = await from.get('/npm/fresh')
    expect(json.detail).toMatch(
      /^npm:fresh is new at its index and is shown here from 20.* on; an operator can/,
    )
    expect(from.said.filter((line) => line.includes('a new package is not shown yet'))).toHaveLength(1)
    await from.wait(13 * 60 * 60_000)
    expect(await latest(from, 'fresh')).toBe('1.0.0')
    givePackument(upstream, 'fresh', { '1.0.0': 2 })
    await from.close()
    const open = await adopting(', newPackage: 0s')
    givePackument(upstream, 'other', { '1.0.0': 0 })
    expect(await latest(open, 'other')).toBe('1.0.0')
  })

  it('treats everything but the newest as old where there are no times', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 1, '1.1.0': 1, '1.2.0': 1 }, { time: {} })
    const from = await adopting()
    expect(await latest(from, 'lib')).toBe('1.1.0')
    const { json } = await from.get('/npm/lib', { accept: 'application/json' })
    const versions = Object.values(json.versions as Record<string, { version: string; deprecated?: string }>)
    expect(versions.filter(({ deprecated }) => deprecated).map(({ version }) => version)).toEqual(['1.2.0'])
  })

  it('is what the upstream says then, not what was kept from before there was a rule', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100 })
    givePackument(upstream, 'same', { '1.0.0': 100, '1.1.0': 1 })
    const before = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}" } }`)
    expect(await latest(before, 'lib')).toBe('1.0.0')
    expect(await latest(before, 'same')).toBe('1.1.0')
    await before.close()
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 50, '1.2.0': 20, '1.3.0': 1 })
    index = await startOverlaid(
      `upstreams: { npm: { url: "${upstream.url}", fresh: 0s } }\nadopt: [{ match: "npm:*" }]`,
      before.stores,
    )
    await index.overlay.record('npm:lib')
    await index.overlay.refresh('npm:lib')
    await index.overlay.refresh('npm:same')
    expect((await index.overlay.note('npm:lib'))?.released).toEqual(['1.0.0', '1.1.0', '1.2.0'])
    expect((await index.overlay.note('npm:same'))?.released).toEqual(['1.0.0'])
    expect(await latest(index, 'lib')).toBe('1.2.0')
    expect(await latest(index, 'same')).toBe('1.0.0')
  })

  it('is remembered: a restart does not look again', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 2 })
    const from = await adopting()
    await latest(from, 'lib')
    const before = await from.overlay.note('npm:lib')
    await from.wait(100 * day)
    await from.overlay.refresh('npm:lib')
    expect(await from.overlay.note('npm:lib')).toEqual(before)
    expect(before?.released).toEqual(['1.0.0'])
  })
})

describe('an adopted package', () => {
  it('gets a rollout for each new release, and completes by time', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100 })
    const from = await adopting(', policy: { profile: rapid }')
    await latest(from, 'lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    await from.adopt()
    expect(rolling(from)).toEqual(['npm:lib@1.1.0 over npm:lib@1.0.0'])
    expect(from.engine.all()[0]?.policySource).toEqual({ kind: 'adopt', detail: 'the adopt rule for *' })
    expect(await latest(from, 'lib')).toBe('1.0.0')
    for (let hours = 0; hours < 60; hours += 6) await from.wait(6 * 3_600_000)
    expect(rolling(from)).toEqual([])
    expect(await latest(from, 'lib')).toBe('1.1.0')
  })

  it('does not show a new release before its rollout begins', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100 })
    const from = await adopting()
    await latest(from, 'lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    await from.overlay.refresh('npm:lib')
    expect(from.engine.all()).toEqual([])
    expect(await latest(from, 'lib', '/channel/candidate')).toBe('1.0.0')
    expect((await from.get('/npm/lib/1.1.0')).json.version).toBe('1.1.0')
  })

  it('goes back at once when it is rolled back, pins kept, and is not tried again', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 1 })
    const from = await adopting()
    await latest(from, 'lib')
    await from.adopt()
    const answer = await from.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/rollback', {
      as: 'mona',
      reason: 'broken',
    })
    expect(answer.status).toBe(200)
    expect(await latest(from, 'lib', '/channel/candidate')).toBe('1.0.0')
    expect((await from.get('/npm/lib/1.1.0')).status).toBe(200)
    await from.adopt()
    expect(rolling(from)).toEqual([])
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 1, '1.1.1': 0 })
    await from.adopt()
    expect(rolling(from)).toEqual(['npm:lib@1.1.1 over npm:lib@1.0.0'])
  })

  it('keeps lines apart: a backport rolls out beside, and never moves latest down', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '2.0.0': 50 })
    const from = await adopting()
    await latest(from, 'lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 0, '2.0.0': 50, '2.1.0': 0 })
    await from.adopt()
    expect(rolling(from).toSorted()).toEqual([
      'npm:lib@1.0.1 over npm:lib@1.0.0',
      'npm:lib@2.1.0 over npm:lib@2.0.0',
    ])
    expect(await latest(from, 'lib')).toBe('2.0.0')
  })

  it('takes the newest at its own pace', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100 })
    const from = await adopting(', cadence: monthly')
    await latest(from, 'lib')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    await from.adopt()
    expect(rolling(from)).toEqual([])
    await from.wait(31 * day)
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0, '1.2.0': 0 })
    await from.adopt()
    expect(rolling(from)).toEqual(['npm:lib@1.2.0 over npm:lib@1.0.0'])
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0, '1.2.0': 0, '1.3.0': 0 })
    await from.adopt()
    expect(rolling(from)).toEqual(['npm:lib@1.2.0 over npm:lib@1.0.0'])
  })

  it('is passed through unstaged where the rule excludes it', async () => {
    givePackument(upstream, 'left-pad', { '1.0.0': 100, '1.1.0': 0 })
    const from = await adopting()
    expect(await latest(from, 'left-pad')).toBe('1.1.0')
    await from.adopt()
    expect(from.engine.all()).toEqual([])
  })

  it('stages PyPI releases by yanking their files for whoever does not see them', async () => {
    const file = (version: string, age: number) => ({
      filename: `lib-${version}.tar.gz`,
      url: `/files/lib-${version}.tar.gz`,
      hashes: { sha256: 'a'.repeat(64) },
      'upload-time': new Date(Date.now() - age * day).toISOString(),
    })
    const files = [file('1.0', 90), file('1.1', 0)]
    const type = 'application/vnd.pypi.simple.v1+json'
    const body = JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'lib', files })
    upstream.answers.set('/simple/lib/', { type, body })
    const from = await adopting()
    const seen = async (view: string) => {
      const { json } = await from.get(`${view}/pypi/simple/lib/`, { accept: type })
      return (json.files as { yanked: unknown }[]).map(({ yanked }) => yanked)
    }
    await seen('')
    await from.adopt()
    expect(rolling(from)).toEqual(['pypi:lib@1.1 over pypi:lib@1.0'])
    const reason = `Staged rollout by Slipway, not a defect; status and how to choose: ${from.url}/rollouts/pypi:lib@1.1`
    expect(await seen('')).toEqual([false, reason])
    expect(await seen('/channel/candidate')).toEqual([false, false])
    const own = (version: string) => ({
      filename: `lib-${version}.tar.gz`,
      url: `/l-${version}`,
      yanked: false,
    })
    const legacy = (version: string) => ({
      info: { name: 'lib', version, _own: 1 },
      urls: [own(version)],
      vulnerabilities: [{ id: 'OSV-1' }],
    })
    const give = (path: string, document: object) =>
      upstream.answers.set(path, { type: 'application/json', body: JSON.stringify(document) })
    give('/pypi/lib/json', { ...legacy('1.1'), releases: { '1.0': [own('1.0')], '1.1': [own('1.1')] } })
    expect((await from.get('/pypi/pypi/lib/json')).status).toBe(404)
    give('/pypi/lib/1.0/json', legacy('1.0'))
    expect((await from.get('/pypi/pypi/lib/json')).json).toEqual({
      ...legacy('1.0'),
      releases: { '1.0': [own('1.0')], '1.1': [{ ...own('1.1'), yanked: true, yanked_reason: reason }] },
    })
    give('/pypi/lib/1.1/json', legacy('1.1'))
    const mark = { yanked: true, yanked_reason: reason }
    expect((await from.get('/pypi/pypi/lib/1.1/json')).json).toEqual({
      ...legacy('1.1'),
      info: { name: 'lib', version: '1.1', _own: 1, ...mark },
      urls: [{ ...own('1.1'), ...mark }],
    })
    expect((await from.get('/pypi/pypi/lib/1.9/json')).status).toBe(404)
    const canary = await from.get('/channel/candidate/pypi/pypi/lib/json')
    expect(canary.json.info).toEqual({ name: 'lib', version: '1.1', _own: 1 })
  })
})

describe('who sees an adopted candidate', () => {
  it('is decided by key; without one only full releases are shown', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    const from = await adopting()
    await latest(from, 'lib')
    await from.adopt()
    await from.ask('POST', '/api/v1/rollouts/npm:lib@1.1.0/advance', { to: 50, as: 'mona', reason: 'test' })
    expect(await latest(from, 'lib')).toBe('1.0.0')
    const keys = Array.from({ length: 40 }, (_, number) => `/as/key-${number}`)
    const seen = await Promise.all(keys.map((view) => latest(from, 'lib', view)))
    expect(new Set(seen)).toEqual(new Set(['1.0.0', '1.1.0']))
  })

  it('a mirror gets its fixed channel, whatever its key', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}" } }
adopt: [{ match: "npm:*" }]
mirrors: [{ userAgent: Artifactory, channel: candidate }, { userAgent: devpi, address: 10.0.0.0/8, channel: candidate }]
`)
    await latest(index, 'lib')
    await index.adopt()
    const as = async (agent: string) => {
      const headers = { accept: 'application/json', 'user-agent': agent }
      return Object((await index?.get('/npm/lib', headers))?.json['dist-tags']).latest
    }
    expect(await as('artifactory/7.1')).toBe('1.1.0')
    expect(await as('devpi-server/6')).toBe('1.0.0')
    expect(await as('npm/11')).toBe('1.0.0')
  })
})

describe('a package that nobody asks for', () => {
  it('is asked of its upstream for three days, and then when somebody asks again', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100 })
    givePackument(upstream, 'busy', { '1.0.0': 100 })
    const from = await adopting()
    await latest(from, 'lib')
    await latest(from, 'busy')
    const asksOf = async (name: string) => {
      const before = upstream.asked.filter((line) => line.includes(`/${name} `)).length
      await from.adopt('are silent')
      return upstream.asked.filter((line) => line.includes(`/${name} `)).length - before
    }
    expect([await asksOf('lib'), await asksOf('busy')]).toEqual([1, 1])
    await from.wait(4 * day)
    await latest(from, 'busy')
    expect([await asksOf('lib'), await asksOf('busy')]).toEqual([0, 1])
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 0 })
    await latest(from, 'lib')
    expect(await asksOf('lib')).toBe(1)
    expect(rolling(from)).toEqual(['npm:lib@1.1.0 over npm:lib@1.0.0'])
  })
})

describe('what an upstream does behind our back', () => {
  it('is noticed and recorded: deleted, replaced, withdrawn', async () => {
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 90, '1.2.0': 80 })
    const from = await adopting()
    await latest(from, 'lib')
    const changed = givePackument(upstream, 'lib', { '1.1.0': 90, '1.2.0': 80 })
    const versions: Record<string, { deprecated?: string; dist: { integrity: string } }> = changed.versions
    Object.assign(versions['1.1.0'] ?? {}, { deprecated: 'do not use' })
    Object.assign(versions['1.2.0']?.dist ?? {}, { integrity: 'sha512-other' })
    upstream.answers.set('/lib', { type: 'application/json', body: JSON.stringify(changed) })
    await from.overlay.refresh('npm:lib')
    const { json } = await from.get('/api/v1/packages/npm/lib/upstream')
    expect(json.changes).toEqual([
      { kind: 'deleted', version: '1.0.0', file: 'lib-1.0.0.tgz', detail: '', at: expect.any(Number) },
      {
        kind: 'replaced',
        version: '1.2.0',
        file: 'lib-1.2.0.tgz',
        detail: expect.stringMatching(/^sha512-.* -> sha512-other$/),
        at: expect.any(Number),
      },
      { kind: 'yanked', version: '1.1.0', file: null, detail: '"do not use"', at: expect.any(Number) },
    ])
    expect((await from.get('/metrics')).text).toContain('slipway_upstream_changes_total{kind="replaced"} 1')
    const late = {
      ...changed.versions,
      '1.1.0': { ...versions['1.1.0'], dist: { tarball: '/lib/-/other.tgz' } },
    }
    const body = JSON.stringify({ ...changed, versions: late })
    upstream.answers.set('/lib', { type: 'application/json', body })
    await from.overlay.refresh('npm:lib')
    expect((await from.overlay.note('npm:lib'))?.changes.slice(3)).toMatchObject([
      {
        kind: 'replaced',
        version: '1.1.0',
        file: 'lib-1.1.0.tgz',
        detail: expect.stringMatching(/-> .*other\.tgz$/),
      },
    ])
    upstream.answers.delete('/lib')
    await from.overlay.refresh('npm:lib')
    expect((await from.overlay.note('npm:lib'))?.changes.at(-1)).toMatchObject({
      kind: 'deleted',
      file: null,
      detail: 'it answers 404',
    })
    // Its versions stay for pins until that is believed.
    expect((await from.get('/npm/lib')).text).toMatch(/"deprecated":"Withdrawn by its index on /)
  })
})
