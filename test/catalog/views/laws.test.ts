import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abbreviatedPackument, fullPackument, npmVersion } from '../../../src/catalog/hosted/packument.ts'
import { projectPage, simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import {
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aFile, aPackage, aRollout, aVersion, ended, noon, policy, sha256Bucket } from '../sample.ts'

/** One package and what happened to its versions, newest rollout first. */
interface World {
  readonly pkg: PackageRecord
  readonly rollouts: readonly RolloutState[]
}

type Look = (world: World, view: View) => Visibility

const look: Look = ({ pkg, rollouts }, view) => {
  const views = packageViews(pkg, exposuresOf(pkg.id, rollouts))
  return visibilityOf(views, viewDelta(views, view, sha256Bucket))
}

const versions = ['1.0.0', '1.0.1', '1.1.0', '2.0.0', '2.1.0']
const ids = { npm: 'npm:demo', pypi: 'pypi:demo' } as const
const lastStage = policy.stages.length - 1

/** What may have become of one version. */
const fate = fc.record({
  kind: fc.constantFrom(
    'none',
    'reserved',
    'live',
    'completed',
    'rolled-back',
    'superseded',
    'abandoned',
    'again',
  ),
  stage: fc.integer({ min: 0, max: lastStage }),
  blocked: fc.nat(9).map((n) => n === 0),
  withdrawn: fc.nat(5).map((n) => n === 0),
  baseline: fc.boolean(),
})

type Fate = typeof fate extends fc.Arbitrary<infer T> ? T : never

const worlds = fc
  .record({
    ecosystem: fc.constantFrom('npm', 'pypi'),
    fates: fc.tuple(fate, fate, fate, fate, fate),
    prerelease: fc.boolean(),
  })
  .map(({ ecosystem, fates, prerelease }): World => {
    const id = ids[ecosystem]
    const records = versions.map((version, index) =>
      aVersion(version, {
        files: [aFile(`demo-${version}.${ecosystem === 'npm' ? 'tgz' : 'whl'}`)],
        withdrawn: fates[index]?.withdrawn ? 'withdrawn' : null,
      }),
    )
    const early = prerelease ? [schemeOf(ecosystem).normalize('3.0.0-rc1') ?? ''] : []
    const pkg = aPackage(id, [...records, ...early], ecosystem === 'npm' ? { tags: { latest: '2.1.0' } } : {})
    return { pkg, rollouts: fates.flatMap((each, index) => rolloutsOf(id, index, each)).toReversed() }
  })

/** The rollouts of one version, oldest first. */
function rolloutsOf(id: string, index: number, { kind, stage, blocked, baseline }: Fate): RolloutState[] {
  const candidate = `${id}@${versions[index]}`
  const below = index > 0 && baseline ? `${id}@${versions[index - 1]}` : null
  const salt = `salt ${index}`
  const block = blocked ? [candidate] : []
  switch (kind) {
    case 'none':
      return []
    case 'reserved':
      return [aRollout(candidate, null, { salt, startedAt: null, policy: null, blocked: block })]
    case 'live':
      return [aRollout(candidate, below, { salt, stageIndex: stage, blocked: block })]
    case 'again':
      return [
        aRollout(candidate, below, { salt: `${salt} before`, ...ended('rolled-back') }),
        aRollout(candidate, below, { salt, stageIndex: stage, blocked: block }),
      ]
    default:
      return [aRollout(candidate, below, { salt, ...ended(kind), blocked: block })]
  }
}

const keys = fc.nat(10_000).map((n) => `key-${n}`)

const viewOf = (world: World) => {
  const arms = world.rollouts.flatMap(({ id }) =>
    (['candidate', 'baseline'] as const).map((arm): View => ({ kind: 'arm', rollout: id, arm, nonce: null })),
  )
  return fc.oneof(
    keys.map((key): View => ({ kind: 'cohort', key })),
    fc.constantFrom<View>(
      { kind: 'cohort', key: 'friend' },
      { kind: 'stable' },
      { kind: 'candidate' },
      ...arms,
    ),
  )
}

const scenes = worlds.chain((world) => fc.record({ world: fc.constant(world), view: viewOf(world) }))

const links = { fileUrl: () => '/f', tarballUrl: () => '/t', statusUrl: () => '/s' }

/** Law 7: who sees the candidate at p sees it at every p' > p of that rollout. */
const monotone = (see: Look) =>
  fc.property(worlds, keys, fc.nat(4), fc.nat(lastStage), ({ pkg, rollouts }, key, which, later) => {
    const rollout = rollouts[which % Math.max(rollouts.length, 1)]
    fc.pre(rollout !== undefined && rollout.end === null && rollout.startedAt !== null)
    fc.pre(rollout.stageIndex <= later)
    const raised = rollouts.map((each) => (each === rollout ? { ...each, stageIndex: later } : each))
    const version = rollout.members[0]?.candidate.split('@')[1] ?? ''
    const view: View = { kind: 'cohort', key }
    if (see({ pkg, rollouts }, view).hidden.has(version)) return
    expect(see({ pkg, rollouts: raised }, view).hidden).not.toContain(version)
  })

/** Law 8: the index answers an exact pin at every percent, also after a rollback; only a block refuses it. */
const answersPins = (see: Look) =>
  fc.property(scenes, ({ world, view }) => {
    const { pkg, rollouts } = world
    const refused = new Set(
      rollouts.flatMap(({ blocked }) => blocked.map((release) => release.split('@')[1])),
    )
    const visibility = see(world, view)
    const page = JSON.parse(projectPage(pkg, visibility, links, simpleTypes.json).body)
    const full = JSON.parse(fullPackument(pkg, visibility, links, '1-a').body)
    const short = JSON.parse(abbreviatedPackument(pkg, visibility, links).body)
    for (const version of Object.keys(pkg.versions)) {
      const there = !refused.has(version)
      const files = page.files.filter(({ filename }: { filename: string }) =>
        filename.includes(`-${version}`),
      )
      expect(files.length > 0).toBe(true)
      for (const { yanked } of files) expect(!String(yanked).startsWith('Blocked: ')).toBe(there)
      expect([full, short].map((document) => Object.hasOwn(document.versions, version))).toEqual([
        there,
        there,
      ])
      expect(npmVersion(pkg, version, visibility, links) !== null).toBe(there)
    }
  })

/** Law 9: no view is without an installable version, as long as one that was a full release is neither blocked nor yanked. */
const neverEmpty = (see: Look) =>
  fc.property(scenes, ({ world, view }) => {
    const { pkg } = world
    const { isPrerelease } = schemeOf(pkg.id === ids.npm ? 'npm' : 'pypi')
    const visibility = see(world, view)
    const installable = Object.values(pkg.versions).filter(
      ({ version, withdrawn }) =>
        !isPrerelease(version) &&
        !visibility.blocked.has(version) &&
        (pkg.id === ids.npm || withdrawn === null),
    )
    const exposures = exposuresOf(pkg.id, world.rollouts)
    const released = installable.filter(({ version, released: full }) =>
      full
        ? true
        : exposures.some((one) => (one.version === version && one.wasFull) || one.baseline === version),
    )
    fc.pre(released.length > 0)
    const shown = installable.filter(({ version }) => !visibility.hidden.has(version))
    expect(shown.length).toBeGreaterThan(0)
    expect(shown).toContain(latestVersion(pkg, visibility))
  })

/** Nobody outside the cohort meets a candidate while the view has a full release to show. */
const noLeak = (see: Look) =>
  fc.property(worlds, keys, (world, key) => {
    const { pkg, rollouts } = world
    const { hidden, blocked } = see(world, { kind: 'cohort', key })
    const exposures = exposuresOf(pkg.id, rollouts)
    const inForce = versions.map((version) => exposures.find((exposure) => exposure.version === version))
    const trusted = inForce.some(
      (exposure) =>
        exposure?.full &&
        !blocked.has(exposure.version) &&
        (pkg.id === ids.npm || pkg.versions[exposure.version]?.withdrawn === null),
    )
    fc.pre(trusted)
    inForce.forEach((exposure, index) => {
      const version = versions[index] ?? ''
      if (blocked.has(version) || exposure?.full) return
      const mine =
        exposure?.live === true &&
        (sha256Bucket(exposure.salt, key) < exposure.basisPoints || exposure.groupKeys.has(key))
      expect(hidden.has(version)).toBe(!mine)
    })
  })

const runs = 1500

describe('laws of the index, over random packages', () => {
  it('7: who sees a candidate keeps seeing it while the percent rises', () =>
    fc.assert(monotone(look), { numRuns: runs }))
  it('8: an exact pin is answered at every percent; only a block refuses it', () =>
    fc.assert(answersPins(look), { numRuns: runs }))
  it('9: no view is without an installable version', () => fc.assert(neverEmpty(look), { numRuns: runs }))
  it('unsure means no exposure', () => fc.assert(noLeak(look), { numRuns: runs }))
})

describe('a deliberately broken index is caught', () => {
  const fails = (property: fc.IProperty<unknown>) => fc.check(property, { numRuns: runs }).failed

  it('7: buckets that change with the stage', () => {
    const restless: Look = (world, view) => {
      const rollouts = world.rollouts.map((each) => ({ ...each, salt: `${each.salt} ${each.stageIndex}` }))
      return look({ ...world, rollouts }, view)
    }
    expect(fails(monotone(restless))).toBe(true)
  })

  it('8: hiding by leaving out', () => {
    const omitting: Look = (world, view) => {
      const seen = look(world, view)
      return { ...seen, blocked: new Set([...seen.blocked, ...seen.hidden]) }
    }
    expect(fails(answersPins(omitting))).toBe(true)
  })

  it('9: hiding without a look at what is left', () => {
    const strict: Look = (world, view) => {
      const views = packageViews(world.pkg, exposuresOf(world.pkg.id, world.rollouts))
      const { shown, removed } = viewDelta(views, view, sha256Bucket)
      const hidden = new Set(
        [...views.stableHidden, ...removed].filter((version) => !shown.includes(version)),
      )
      return { hidden, blocked: views.blocked, changedAt: noon }
    }
    expect(fails(neverEmpty(strict))).toBe(true)
  })

  it('exposure: showing what no rollout knows', () => {
    const trusting: Look = (world, view) => {
      const seen = look(world, view)
      const known = exposuresOf(world.pkg.id, world.rollouts).map(({ version }) => version)
      return { ...seen, hidden: new Set([...seen.hidden].filter((version) => known.includes(version))) }
    }
    expect(fails(noLeak(trusting))).toBe(true)
  })
})
