/** Candidates of adopted packages whose upstream takes them back, or says which one is latest. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const minutes = 60_000

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
  const stages = 'stages: [{ percent: 0, bake: 1m }, { percent: 50, bake: 10h }, { percent: 100, bake: 1h }]'
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}", fresh: 1s } }
adopt:
  - { match: "*", policy: { ${stages}, gates: {} } }
`)
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

/** 1.1.0 came out an hour ago; looked at and past stage 0. */
async function rolling(tags: Readonly<Record<string, string>> = { latest: '1.1.0' }) {
  givePackument(upstream, 'other', { '1.0.0': 100 })
  givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90, '1.1.0': 1 / 24 }, { 'dist-tags': tags })
  await index.get('/npm/other')
  await index.get('/npm/lib')
  await index.adopt()
  await index.wait(2 * minutes)
}

const state = () => index.engine.explain(index.engine.find('npm:lib@1.1.0') ?? (null as never))

async function look(): Promise<void> {
  await index.overlay.refresh('npm:other')
  await index.adopt()
}

describe('an adopted candidate', () => {
  it('that its upstream no longer gives is held at the first look and taken back when that is believed', async () => {
    await rolling()
    expect(state()).toMatchObject({ phase: 'rolling', percent: 50 })
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90 })
    await look()
    expect(state()).toMatchObject({ phase: 'held', percent: 50 })
    expect(state().sentence).toContain('Its index no longer gives npm:lib@1.1.0')
    const shown = async (view: string) => (await index.get(`${view}/npm/-/package/lib/dist-tags`)).json.latest
    expect(await shown('/channel/candidate')).toBe('1.0.1')
    for (let looks = 0; looks < 2; looks += 1) {
      await index.wait(3 * minutes)
      await look()
    }
    expect(state()).toMatchObject({ phase: 'rolled-back', percent: 0 })
    expect(state().sentence).toContain('Its publisher or its index withdrew npm:lib@1.1.0')
  })

  it('that was only missing for a moment goes on', async () => {
    await rolling()
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90 })
    await look()
    expect(state().phase).toBe('held')
    givePackument(upstream, 'lib', { '1.0.0': 100, '1.0.1': 90, '1.1.0': 1 / 24 })
    await look()
    expect(state().phase).toBe('rolling')
  })

  it('that stands above latest is not climbed to before upstream sets latest to it', async () => {
    await rolling({ latest: '1.0.1', next: '1.1.0' })
    await index.wait(24 * 60 * minutes)
    expect(state()).toMatchObject({ phase: 'staged', percent: 0 })
    givePackument(
      upstream,
      'lib',
      { '1.0.0': 100, '1.0.1': 90, '1.1.0': 1 / 24 },
      { 'dist-tags': { latest: '1.1.0' } },
    )
    await look()
    expect(state()).toMatchObject({ phase: 'rolling', percent: 50 })
    givePackument(
      upstream,
      'lib',
      { '1.0.0': 100, '1.0.1': 90, '1.1.0': 1 / 24 },
      { 'dist-tags': { latest: '1.0.1' } },
    )
    await look()
    expect(state()).toMatchObject({ phase: 'held', percent: 50 })
  })
})
