import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { seesCandidate } from '../../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { sha256 } from '../../rollout/builders.ts'
import { type OverlaidIndex, startOverlaid } from '../overlaid-index.ts'
import { aPackument, startTinyUpstream, type TinyUpstream } from '../tiny-upstream.ts'

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
  asks: Readonly<Record<string, string>> = {},
): void {
  const document = aPackument(name, ages, {}, upstream.url)
  const versions = Object.fromEntries(
    Object.entries(document.versions).map(([version, manifest], index, all) => [
      version,
      {
        ...Object(manifest),
        maintainers: maintainers.map((one) => ({ name: one })),
        ...(index === all.length - 1 && { peerDependencies: asks }),
      },
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

  it('that are found late take their place where the others are, in the same rollout', async () => {
    const early = ['@frame/core', '@frame/forms']
    for (const name of [...early, '@frame/late']) give(name, { '17.0.0': 100 })
    await meet(early)
    for (const name of early) give(name, { '17.0.0': 100, '17.1.0': 0.02 })
    await index.adopt()
    await index.wait(hourMs)
    expect(await shareOf(early, '17.1.0', 40)).toBeGreaterThan(0)
    // Nobody here has asked for it before.
    give('@frame/late', { '17.0.0': 100, '17.1.0': 0.02 })
    const [family] = index.engine.all()
    expect(await latest('@frame/late', seeing(family))).toBe('17.0.0')
    await index.adopt()
    expect(rollouts()).toEqual([
      ['@frame/core', '@frame/forms', '@frame/late'].map((one) => `npm:${one}@17.1.0`),
    ])
    expect(await latest('@frame/late', seeing(family))).toBe('17.0.0')
    expect(index.engine.explain(index.engine.all()[0] ?? never()).notes.join()).toContain(
      '@frame/late@17.1.0',
    )
    // Its own first stage counts from its upload, half an hour ago; the others are raised no further meanwhile.
    await index.wait(hourMs / 2)
    const [whole] = index.engine.all()
    expect([whole?.stageIndex, whole?.boarding]).toEqual([1, {}])
    expect(whole?.sealedFiles?.map(({ release }) => release)).toContain('npm:@frame/late@17.1.0')
    expect(await shareOf([...early, '@frame/late'], '17.1.0', 40)).toBeGreaterThan(0)
    await index.wait(hourMs / 2)
    expect(index.engine.all()[0]?.stageIndex).toBe(2)
    await shareOf([...early, '@frame/late'], '17.1.0', 40)
  })

  it('that are found when everybody has the others go from their first stage to everybody', async () => {
    for (const name of ['@frame/core', '@frame/late']) give(name, { '17.0.0': 100 })
    await meet(['@frame/core'])
    give('@frame/core', { '17.0.0': 100, '17.1.0': 0.02 })
    await index.adopt()
    for (let stage = 0; stage < 4; stage += 1) await index.wait(hourMs)
    give('@frame/late', { '17.0.0': 100, '17.1.0': -0.01 })
    await meet(['@frame/late'])
    await index.adopt()
    const late = index.engine.find('npm:@frame/late@17.1.0')
    expect(late?.policy?.stages.map(({ basisPoints }) => basisPoints)).toEqual([0, 10_000])
    expect(await latest('@frame/late', 'k')).toBe('17.0.0')
    await index.wait(hourMs)
    expect(await latest('@frame/late', 'k')).toBe('17.1.0')
  })

  it('that ask for each other are one rollout whoever maintains them', async () => {
    const names = ['runner', '@runner/coverage']
    for (const name of names) give(name, { '5.1.0': 100 })
    await meet(['runner'])
    give('runner', { '5.1.0': 100, '5.1.1': 0.02 }, [], { '@runner/coverage': '5.1.1' })
    give('@runner/coverage', { '5.1.0': 100, '5.1.1': 0.01 }, [], { runner: '5.1.1' })
    await index.adopt()
    expect(rollouts()).toEqual([['npm:@runner/coverage@5.1.1', 'npm:runner@5.1.1']])
  })
})

describe('what a release cannot do without', () => {
  /** `app` asks for what is new in `lib`, of which its maintainers know nothing. */
  async function appNeedsLib(): Promise<void> {
    give('lib', { '1.0.0': 100 }, ['mona'])
    give('app', { '3.0.0': 100 }, ['stranger'])
    await meet(['app'])
    give('lib', { '1.0.0': 100, '1.1.0': 0.04 }, ['mona'])
    give('app', { '3.0.0': 100, '3.1.0': 0.02 }, ['stranger'], { lib: '^1.1.0' })
    await index.adopt()
  }
  const percent = (release: string) => index.engine.explain(index.engine.find(release) ?? never()).percent

  it('is shown to whoever is shown the release, and is not held by it', async () => {
    await appNeedsLib()
    const [lib, app] = [index.engine.find('npm:lib@1.1.0'), index.engine.find('npm:app@3.1.0')]
    expect(lib?.id).not.toBe(app?.id)
    expect(app?.salt).toBe(lib?.salt)
    await index.engine.run(lib?.id ?? '', { type: 'pause' }, byOperator)
    await index.wait(hourMs)
    expect([percent('npm:lib@1.1.0'), percent('npm:app@3.1.0')]).toEqual([0, 0])
    expect(index.engine.explain(app ?? never()).notes).toEqual([
      'It is raised no further than that: npm:app@3.1.0 needs npm:lib@^1.1.0, of which npm:lib@1.1.0 fits, at 0 %.',
    ])
    const advance = { type: 'advance', to: 500, files: [] } as const
    const hurried = await index.engine.run(app?.id ?? '', advance, byOperator)
    expect(hurried.ok ? '' : hurried.refusal.message).toContain('It cannot do without npm:lib@1.1.0')
    await index.engine.run(lib?.id ?? '', { type: 'resume' }, byOperator)
    await index.wait(60_000)
    expect([percent('npm:lib@1.1.0'), percent('npm:app@3.1.0')]).toEqual([5, 5])
    // The other way round nobody waits: a stranger holds nothing by what it asks for.
    await index.engine.run(app?.id ?? '', { type: 'pause' }, byOperator)
    await index.wait(hourMs)
    expect([percent('npm:lib@1.1.0'), percent('npm:app@3.1.0')]).toEqual([50, 5])
  })

  it('takes the release with it when it is taken back, and only then', async () => {
    await appNeedsLib()
    await index.wait(hourMs)
    expect(percent('npm:app@3.1.0')).toBe(5)
    await index.engine.run(
      index.engine.find('npm:lib@1.1.0')?.id ?? '',
      { type: 'rollBack', installable: true, newerCompleted: null },
      byOperator,
    )
    const app = index.engine.find('npm:app@3.1.0')
    expect(app?.end?.kind).toBe('rolled-back')
    expect(app?.transitions.at(-1)?.reason).toBe(
      'npm:app@3.1.0 needs npm:lib@^1.1.0, and all that fits was taken back.',
    )
  })
})

const byOperator = {
  actor: { kind: 'token', id: 'ops', name: 'ops', owner: 'ops', as: 'olga', scopes: ['operate'] },
  reason: 'looked at it',
} as const

function never(): never {
  throw new Error('there is no such rollout')
}

/** A key that sees the candidates of a rollout. */
function seeing(state: RolloutState | undefined): string {
  if (state === undefined) return never()
  const release = state.members[0]?.candidate ?? ''
  for (let number = 0; number < 1000; number += 1) {
    const key = `some-key-${number}`
    if (seesCandidate(state, release, key, bucketOf(sha256, state.salt, key))) return key
  }
  return never()
}
