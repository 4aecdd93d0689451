import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import type { Engine } from '../../../src/engine/core/engine.ts'
import { basisPointsOf, isLive, seesCandidate } from '../../../src/rollout/history/phase.ts'
import type { AdopterParts } from '../../../src/upstream/adopting/adopt-releases.ts'
import { packageIdOf, type ReleaseId } from '../../../src/versions/release.ts'
import { sha256 } from '../../rollout/builders.ts'
import { type FamilyWorld, type MadePackage, openFamilyWorld } from './family-world.ts'

// Over random documents, upload times and first requests: members of one family are never mixed for any key at any
// moment, also while a late one takes its place; and nobody is shown a release without what it cannot do without.

const runs = Number(process.env.FAMILY_RUNS ?? 25)
const keys = Array.from({ length: 60 }, (_, number) => `key-${number}`)

/** What somebody does between two looks. */
type Step = { readonly ask: number } | { readonly minutes: number }

interface Story {
  readonly packages: readonly MadePackage[]
  readonly steps: readonly Step[]
}

const members = ['@frame/a', '@frame/b', '@frame/c', 'frame-d'] as const
/** It needs what is new in the family; its maintainers are strangers to it, or it pretends to be one of theirs. */
const outsider = 'plugin'

const stories: fc.Arbitrary<Story> = fc.record({
  packages: fc
    .tuple(
      fc.array(fc.integer({ min: -30, max: 29 }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.integer({ min: 200, max: 900 }), { minLength: 1, maxLength: 2 }),
      fc.integer({ min: -60, max: 120 }),
      fc.constantFrom('a', 'b', 'd'),
      fc.boolean(),
    )
    .map(([offsets, releases, lag, needs, pretends]) => {
      const versions = (offset: number, asks: (version: string) => Readonly<Record<string, string>>) => [
        { version: '1.0.0', minute: -100_000 + offset, asks: {} },
        ...releases.map((minute, index) => {
          const version = `1.${index + 1}.0`
          return { version, minute: minute * (index + 1) + offset, asks: asks(version) }
        }),
      ]
      const family = members.map((name, index): MadePackage => {
        // The one without the scope has a maintainer in common with one that has it.
        const maintainers = name === 'frame-d' || index === 0 ? ['mona'] : ['max']
        return { name, maintainers, versions: versions(offsets[index] ?? 0, () => ({})) }
      })
      const needed = needs === 'd' ? 'frame-d' : `@frame/${needs}`
      const maintainers = pretends ? ['stranger', 'mona'] : ['stranger']
      const asks = (version: string) => ({ [needed]: `^${version}` })
      return [...family, { name: outsider, maintainers, versions: versions(lag, asks) }]
    }),
  steps: fc.array(
    fc.oneof(
      { weight: 2, arbitrary: fc.record({ ask: fc.nat({ max: 4 }) }) },
      { weight: 5, arbitrary: fc.record({ minutes: fc.integer({ min: 1, max: 130 }) }) },
    ),
    { minLength: 10, maxLength: 24 },
  ),
})

/** Null, or what went wrong. */
async function play(
  { packages, steps }: Story,
  wrong?: (parts: AdopterParts) => AdopterParts,
): Promise<string | null> {
  const world = await openFamilyWorld(packages, wrong)
  let broken: string | null = null
  world.engine.onChange(() => {
    // Between any two appends, not only when all is settled.
    broken ??= mixed(world.engine, false)
  })
  await world.ask('@frame/a')
  for (const step of steps) {
    if ('ask' in step) await world.ask(packages[step.ask]?.name ?? '')
    else await world.go(step.minutes)
    broken ??= mixed(world.engine, true) ?? (await lonely(world, packages))
    if (broken !== null) break
  }
  await world.close()
  return broken
}

function sees(engine: Engine, release: ReleaseId, key: string): boolean {
  const state = engine.find(release)
  if (state === null) return false
  return seesCandidate(state, release, key, bucketOf(sha256, state.salt, key))
}

const familyReleases = (version: string) => members.map((name) => `npm:${name}@${version}`)

/** A key that is shown one member and not another one that is in place. `settled`: nothing is under way. */
function mixed(engine: Engine, settled: boolean): string | null {
  for (const version of ['1.1.0', '1.2.0']) {
    const inPlace = familyReleases(version).filter((release) => {
      const state = engine.find(release)
      return state !== null && state.startedAt !== null && !Object.hasOwn(state.boarding, release)
    })
    for (const key of keys) {
      const shown = inPlace.filter((release) => sees(engine, release, key))
      const isLateAll = inPlace.some((release) => isOnItsWay(engine, release))
      if (shown.length > 0 && shown.length < inPlace.length && !isLateAll)
        return `${key} is shown ${shown.join(' ')} and not ${inPlace.filter((one) => !shown.includes(one)).join(' ')}`
    }
    if (!settled) continue
    const late = engine.all().find(({ boarding }) => Object.keys(boarding).length > 0)
    if (
      late !== undefined &&
      late.transitions.findLast(({ type }) => type === 'boarded' || type === 'stage-entered')?.type !==
        'boarded'
    )
      return `${late.id} was raised while one of its family took its place`
  }
  return null
}

/** Found when everybody had the others: it has its own first stage before it, and nothing in between. */
function isOnItsWay(engine: Engine, release: ReleaseId): boolean {
  const state = engine.find(release)
  return state !== null && isLive(state) && state.policy.stages.length === 2 && basisPointsOf(state) === 0
}

/** A key that is shown the outsider and nothing that it needs. */
async function lonely(
  { engine, releasedOf }: FamilyWorld,
  packages: readonly MadePackage[],
): Promise<string | null> {
  const made = packages.find(({ name }) => name === outsider)
  for (const { version, asks } of made?.versions ?? []) {
    const release = `npm:${outsider}@${version}`
    const [needed] = Object.keys(asks)
    if (needed === undefined || engine.find(release) === null) continue
    const fits = ['1.1.0', '1.2.0'].filter((one) => one >= version)
    const released = await releasedOf(needed)
    if (fits.some((one) => released.includes(one))) continue
    for (const key of keys) {
      if (sees(engine, release, key) && !fits.some((one) => sees(engine, `npm:${needed}@${one}`, key)))
        return `${key} is shown ${release} without ${needed} ${fits.join(' or ')}`
    }
  }
  return null
}

const check = (wrong?: (parts: AdopterParts) => AdopterParts) =>
  fc.check(
    fc.asyncProperty(stories, async (story) => {
      const broken = await play(story, wrong)
      if (broken !== null) throw new Error(broken)
    }),
    { numRuns: wrong === undefined ? runs : 60, endOnFailure: true },
  )

describe('families and floors of another index', () => {
  it('are never mixed and never without what they need', async () => {
    const { failed, errorInstance, counterexample, seed } = await check()
    expect(failed ? [errorInstance, JSON.stringify(counterexample), seed] : null).toBeNull()
  })

  it('let no stranger in by what it writes', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async ({ packages, steps }) => {
        const world = await openFamilyWorld(packages)
        for (const { name } of packages) await world.ask(name)
        for (const step of steps) if ('minutes' in step) await world.go(step.minutes)
        for (const state of world.engine.all()) {
          const ids = state.members.map(({ candidate }) => packageIdOf(candidate))
          if (ids.includes(`npm:${outsider}`)) expect(ids).toEqual([`npm:${outsider}`])
        }
        await world.close()
      }),
      { numRuns: Math.ceil(runs / 3) },
    )
  })

  it.each<[string, (parts: AdopterParts) => AdopterParts]>([
    [
      'starts each member alone',
      (parts) => ({
        ...parts,
        engine: {
          ...parts.engine,
          start: async (request) => {
            for (const release of request.releases)
              await parts.engine.start({ ...request, releases: [release], kin: [] })
            return { ok: true }
          },
        },
      }),
    ],
    [
      'gives late members a rollout of their own',
      (parts) => ({
        ...parts,
        engine: {
          ...parts.engine,
          board: async (rollout, release) => {
            const state = parts.engine.rolloutsOf(packageIdOf(release)).find(({ id }) => id === rollout)
            const [family = state] = parts.engine.rolloutsOf('npm:@frame/a')
            const { policy = null, policySource = null } = family ?? {}
            return parts.engine.start({
              ...{ releases: [release], kin: [], needs: [], policy, restart: false, origin: null },
              ...(policySource !== null && { policySource }),
              who: { actor: { kind: 'system' }, reason: '' },
            })
          },
        },
      }),
    ],
    [
      'forgets what a release needs',
      (parts) => ({ ...parts, overlay: { ...parts.overlay, needsOf: async () => [] } }),
    ],
  ])('a wrong adopter that %s is caught', async (_, wrong) => {
    expect((await check(wrong)).failed).toBe(true)
  })
})
