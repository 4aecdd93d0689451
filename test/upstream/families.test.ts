import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { aPackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

// What belongs together at another index is staged together: nobody meets a mixed tree.

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}", fresh: 0s } }
adopt: [{ match: "*", policy: { stages: [{ percent: 0, bake: 1h }, { percent: 5, bake: 1h }, { percent: 50, bake: 1h }, { percent: 100, bake: 1h }], gates: {} } }]
`)
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

/** Versions with their ages in days; `maintainers` as the registry writes them into each version. */
function give(
  name: string,
  ages: Readonly<Record<string, number>>,
  maintainers: readonly string[] = [],
): void {
  const document = aPackument(name, ages, {}, upstream.url)
  const versions = Object.fromEntries(
    Object.entries(document.versions).map(([version, manifest]) => [
      version,
      { ...Object(manifest), maintainers: maintainers.map((one) => ({ name: one })) },
    ]),
  )
  const body = JSON.stringify({ ...document, versions })
  upstream.answers.set(`/${name.replace('/', '%2f')}`, { type: 'application/json', body })
}

async function latest(name: string, key: string): Promise<string> {
  const { json } = await index.get(`/as/${key}/npm/${name.replace('/', '%2f')}`, {
    accept: 'application/vnd.npm.install-v1+json',
  })
  return String(Object(json['dist-tags']).latest)
}

/** Everybody has asked for all of them once, as a team's builds have. */
async function meet(names: readonly string[]): Promise<void> {
  for (const name of names) await latest(name, 'team-key-of-nobody')
}

/** How many of so many keys see the new release; each of them sees it of all packages or of none. */
async function shareOf(names: readonly string[], version: string, keys: number): Promise<number> {
  let seen = 0
  for (let number = 0; number < keys; number += 1) {
    const versions = await Promise.all(names.map((name) => latest(name, `team-key-${number}`)))
    expect(new Set(versions).size, `key ${number}: ${versions.join(' ')}`).toBe(1)
    if (versions[0] === version) seen += 1
  }
  return seen / keys
}

const hourMs = 3_600_000
const rollouts = () => index.engine.all().map(({ members }) => members.map(({ candidate }) => candidate))

describe('packages that come out together', () => {
  it('of one scope are one rollout: at every percent each key sees all of them or none', async () => {
    const names = ['core', 'common', 'compiler', 'forms', 'router', 'animations'].map(
      (one) => `@frame/${one}`,
    )
    for (const name of names) give(name, { '17.0.0': 100 })
    await meet(names)
    for (const [order, name] of names.entries())
      give(name, { '17.0.0': 100, '17.1.0': 0.01 - order / 10_000 })
    await index.adopt()
    expect(rollouts()).toEqual([names.map((name) => `npm:${name}@17.1.0`).sort()])
    expect(await shareOf(names, '17.1.0', 20)).toBe(0)
    const shares: number[] = []
    for (let stage = 0; stage < 3; stage += 1) {
      await index.wait(hourMs)
      shares.push(await shareOf(names, '17.1.0', 60))
    }
    const [few = 1, half = 0, all] = shares
    expect(few).toBeLessThan(0.3)
    expect(half).toBeGreaterThan(0.2)
    expect(half).toBeLessThan(0.8)
    expect(all).toBe(1)
  })

  it('of one maintainer, whom the releases before list, are one rollout', async () => {
    give('lib', { '1.0.0': 100 }, ['mona', 'max'])
    give('lib-dom', { '1.0.0': 100 }, ['max'])
    give('@lib/plugin', { '1.0.0': 100 }, ['mona'])
    const names = ['lib', 'lib-dom', '@lib/plugin']
    await meet(names)
    give('lib', { '1.0.0': 100, '1.1.0': 0.01 }, ['mona', 'max'])
    give('lib-dom', { '1.0.0': 100, '1.1.0': 0.01 }, ['max'])
    give('@lib/plugin', { '1.0.0': 100, '1.1.0': 0.01 }, ['mona'])
    await index.adopt()
    expect(rollouts()).toEqual([['npm:@lib/plugin@1.1.0', 'npm:lib-dom@1.1.0', 'npm:lib@1.1.0']])
  })

  it('a stranger joins nothing by what it writes, and neither does what comes hours later', async () => {
    give('@frame/core', { '17.0.0': 100 })
    give('@frame/late', { '17.0.0': 100 })
    give('frame-extra', { '17.0.0': 100 }, ['stranger'])
    give('@other/core', { '17.0.0': 100 })
    await meet(['@frame/core', '@frame/late', 'frame-extra', '@other/core'])
    give('@frame/core', { '17.0.0': 100, '17.1.0': 0.3 }, ['mona'])
    give('@frame/late', { '17.0.0': 100, '17.1.0': 0.01 })
    give('@other/core', { '17.0.0': 100, '17.1.0': 0.3 })
    give('frame-extra', { '17.0.0': 100, '17.1.0': 0.3 }, ['stranger'])
    const stranger = aPackument('frame-extra', { '17.0.0': 100, '17.1.0': 0.3 }, {}, upstream.url)
    const forged = { ...Object(stranger.versions['17.1.0']), maintainers: [{ name: 'mona' }] }
    const body = JSON.stringify({ ...stranger, versions: { ...stranger.versions, '17.1.0': forged } })
    upstream.answers.set('/frame-extra', { type: 'application/json', body })
    await index.adopt()
    expect(rollouts().map((members) => members.length)).toEqual([1, 1, 1, 1])
    const salts = new Map(index.engine.all().map(({ members, salt }) => [members[0]?.candidate, salt]))
    expect(salts.get('npm:frame-extra@17.1.0')).not.toBe(salts.get('npm:@frame/core@17.1.0'))
    expect(salts.get('npm:@other/core@17.1.0')).not.toBe(salts.get('npm:@frame/core@17.1.0'))
  })

  it('that come a little later draw the same users, in a rollout of their own', async () => {
    give('@frame/core', { '17.0.0': 100 })
    give('@frame/forms', { '17.0.0': 100 })
    await meet(['@frame/core', '@frame/forms'])
    give('@frame/core', { '17.0.0': 100, '17.1.0': 0.02 })
    await index.adopt()
    give('@frame/forms', { '17.0.0': 100, '17.1.0': 0.001 })
    await index.adopt()
    const [first, second] = index.engine.all()
    expect(index.engine.all()).toHaveLength(2)
    expect(second?.salt).toBe(first?.salt)
  })
})
