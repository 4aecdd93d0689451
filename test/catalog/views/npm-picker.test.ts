import { createRequire } from 'node:module'
import fc from 'fast-check'
import { compare, prerelease, satisfies, validRange } from 'semver'
import { describe, expect, it } from 'vitest'
import { abbreviatedPackument, fullPackument, npmVersion } from '../../../src/catalog/hosted/packument.ts'
import type { FileRecord, PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { aFile, aPackage, aRollout, at, aVersion, ended, sha256Bucket } from '../sample.ts'

const require = createRequire(import.meta.url)
/** What npm itself picks from a document for a spec; throws with `code` ETARGET when nothing fits. */
const pickManifest: (document: object, spec: string, options: object) => { version: string } =
  require('npm-pick-manifest')

const id = 'npm:demo'
const links = {
  tarballUrl: (file: { readonly name: string }, version: string) => `http://index/${version}/${file.name}`,
  statusUrl: (version: string) => `http://index/rollouts/${id}@${version}`,
}

/** A version as a maintainer published it. */
interface Release {
  readonly version: string
  readonly deprecated: boolean
  /** Its `engines.node`; the Node that asks is 24. */
  readonly node: string | null
}

interface World {
  readonly releases: readonly Release[]
  readonly candidate: Release
  readonly before: PackageRecord
  readonly after: PackageRecord
  readonly ended: readonly RolloutState[]
  readonly rollout: RolloutState
}

const part = fc.integer({ min: 0, max: 3 })
const anyVersion = fc
  .tuple(part, part, part, fc.constantFrom('', '', '', '', '-rc.1', '-beta.0'))
  .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre}`)

const anyRelease: fc.Arbitrary<Release> = fc.record({
  version: anyVersion,
  deprecated: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  node: fc.constantFrom(null, null, null, '>=18', '>=99', '^20 || ^22', 'none of yours'),
})

/** Packages with a candidate that has a baseline; other versions stand fully released or rolled back. */
const anyWorld = fc
  .record({
    releases: fc.uniqueArray(anyRelease, {
      minLength: 2,
      maxLength: 9,
      selector: ({ version }) => version,
    }),
    pick: fc.nat(),
    latest: fc.option(fc.nat(), { nil: null }),
    percent: fc.constantFrom(0, 5, 50),
    published: fc.constantFrom('latest', 'next'),
    rolledBack: fc.array(fc.nat({ max: 8 }), { maxLength: 1 }),
  })
  .filter(({ releases }) => releases.filter(isFinal).length >= 2)
  .map(worldOf)

const isFinal = ({ version }: Release) => prerelease(version) === null

function worldOf(given: {
  readonly releases: readonly Release[]
  readonly pick: number
  readonly latest: number | null
  readonly percent: number
  readonly published: string
  readonly rolledBack: readonly number[]
}): World {
  const finals = given.releases.filter(isFinal).sort((a, b) => compare(a.version, b.version))
  // The lowest final is somebody's baseline and never the candidate.
  const candidate = finals[1 + (given.pick % (finals.length - 1))] ?? given.releases[0]
  if (candidate === undefined) throw new Error('a world has releases')
  const others = given.releases.filter((release) => release !== candidate)
  const otherFinals = finals.filter((release) => release !== candidate)
  const below = finals[finals.indexOf(candidate) - 1]?.version ?? ''
  const chosen = otherFinals.at(given.latest === null ? -1 : given.latest % otherFinals.length)?.version ?? ''
  const raised = given.published === 'latest' && compare(candidate.version, chosen) > 0
  // A stored `latest` that the candidate took over says no more where it was; it counts as the release below.
  const latest = raised ? below : chosen
  const tags = { latest, old: otherFinals[0]?.version ?? '' }
  const tagged = given.published === 'next' ? { next: candidate.version } : {}
  return {
    releases: given.releases,
    candidate,
    before: aPackage(id, others.map(record), { tags }),
    after: aPackage(id, given.releases.map(record), {
      tags: { ...tags, ...tagged, ...(raised && { latest: candidate.version }) },
    }),
    ended: otherFinals.map(({ version }, index) => {
      const back = index > 0 && version !== below && given.rolledBack.includes(index)
      const baseline = index === 0 ? null : `${id}@${otherFinals[index - 1]?.version}`
      return aRollout(`${id}@${version}`, baseline, ended(back ? 'rolled-back' : 'completed'))
    }),
    rollout: aRollout(`${id}@${candidate.version}`, `${id}@${below}`, at(given.percent)),
  }
}

const files = new Map<string, FileRecord>()

/** Files are made once for each version: their digests cost more than all the picking. */
function fileOf(version: string): FileRecord {
  const file = files.get(version) ?? aFile(`demo-${version}.tgz`, { kind: 'tarball' })
  files.set(version, file)
  return file
}

function record({ version, deprecated, node }: Release) {
  return aVersion(version, {
    files: [fileOf(version)],
    manifest: { name: 'demo', version, ...(node !== null && { engines: { node } }) },
    withdrawn: deprecated ? 'use something else' : null,
  })
}

/** Specs as people write them, most of them about versions that are there. */
const anySpec = fc
  .record({
    shape: fc.constantFrom(
      ...[
        '',
        '*',
        'latest',
        'old',
        '<2',
        '1 || 3',
        'a',
        '^a',
        '~a',
        '>=a',
        '<=a',
        '>a',
        '<a',
        'x',
        'a - b',
        '^a || ~b',
      ],
    ),
    first: fc.nat(),
    second: fc.nat(),
    elsewhere: fc.option(anyVersion, { nil: null, freq: 4 }),
  })
  .map(({ shape, first, second, elsewhere }) => ({ releases }: Pick<World, 'releases'>): string => {
    const known = (at: number) => releases[at % releases.length]?.version ?? '1.0.0'
    const [a = '', b = ''] = [elsewhere ?? known(first), known(second)].sort(compare)
    if (shape === 'x') return `${a.split('.', 2).join('.')}.x`
    return shape === 'latest' ? shape : shape.replace('a', a).replace(/b$/, b)
  })

/** The document of a view, in one of its two forms. */
function document(
  pkg: PackageRecord,
  rollouts: readonly RolloutState[],
  view: View,
  form: 'full' | 'abbreviated',
): object {
  const views = packageViews(pkg, exposuresOf(id, rollouts))
  const visibility = visibilityOf(views, viewDelta(views, view, sha256Bucket))
  const rendered =
    form === 'full'
      ? fullPackument(pkg, visibility, links, '1-0')
      : abbreviatedPackument(pkg, visibility, links)
  return JSON.parse(rendered.body)
}

function picked(packument: object, spec: string): string {
  try {
    return pickManifest(packument, spec, { nodeVersion: '24.0.0', npmVersion: '12.2.0' }).version
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ETARGET') return 'nothing'
    throw error
  }
}

/** A key whose bucket lies outside at the rollout's percent. */
function outsider(rollout: RolloutState): View {
  const percent = rollout.policy?.stages[rollout.stageIndex]?.basisPoints ?? 0
  const key = Array.from({ length: 100 }, (_, number) => `key-${number}`).find(
    (one) => sha256Bucket(rollout.salt, one) >= percent,
  )
  if (key === undefined) throw new Error('100 keys are all inside')
  return { kind: 'cohort', key }
}

const isRange = (spec: string) => validRange(spec) !== null

/** What a view shows to those outside: no candidate, and nothing that was taken back. */
function visibleIn({ releases, candidate, ended: rollouts }: World): readonly Release[] {
  const back = new Set(
    rollouts.filter(({ end }) => end?.kind === 'rolled-back').map(({ members }) => members[0]?.candidate),
  )
  return releases.filter((release) => release !== candidate && !back.has(`${id}@${release.version}`))
}

const form = fc.constantFrom('full', 'abbreviated')

describe("npm's own picker, outside the cohort", () => {
  const outside = (world: World, which: 'full' | 'abbreviated') =>
    document(world.after, [world.rollout, ...world.ended], outsider(world.rollout), which)

  it('picks what it would if the candidate did not exist, and the candidate for its exact version', () => {
    fc.assert(
      fc.property(anyWorld, anySpec, form, (world, specOf, which) => {
        const spec = specOf(world)
        const visible = visibleIn(world)
        // What deprecation by a publisher changes is the law below.
        fc.pre(visible.every(({ deprecated }) => !deprecated))
        // Ranges with a hole may leave out all whose engines the candidate carries.
        fc.pre(!/\|\|/.test(spec) || visible.every(({ node }) => node === null))
        fc.pre(!isRange(spec) || visible.some(({ version }) => satisfies(version, spec)))
        const packument = outside(world, which)
        const without = document(world.before, world.ended, outsider(world.rollout), which)
        expect(picked(packument, world.candidate.version)).toBe(world.candidate.version)
        expect(picked(packument, spec)).toBe(picked(without, spec))
      }),
      { numRuns: 2000 },
    )
  }, 120_000)

  it('never picks the candidate for anything but its exact version, whatever its publisher deprecated and its engines are', () => {
    fc.assert(
      fc.property(anyWorld, anySpec, form, (world, specOf, which) => {
        const spec = specOf(world)
        // Ranges with a hole may leave out all that stands in for the candidate.
        fc.pre(!/\|\|/.test(spec) && spec !== world.candidate.version)
        fc.pre(!isRange(spec) || visibleIn(world).some(({ version }) => satisfies(version, spec)))
        expect(picked(outside(world, which), spec)).not.toBe(world.candidate.version)
      }),
      { numRuns: 3000 },
    )
  }, 120_000)

  it('picks the candidate for its exact version after a rollback too', () => {
    fc.assert(
      fc.property(anyWorld, form, fc.constantFrom('', '=', 'v'), (world, which, sign) => {
        const rollout = { ...world.rollout, ...ended('rolled-back') }
        const packument = document(world.after, [rollout, ...world.ended], outsider(world.rollout), which)
        expect(picked(packument, `${sign}${world.candidate.version}`)).toBe(world.candidate.version)
      }),
      { numRuns: 1000 },
    )
  }, 60_000)
})

describe("npm's own picker, where a publisher tries to get a candidate out", () => {
  const release = (version: string, more: Partial<Release> = {}): Release => ({
    version,
    deprecated: false,
    node: null,
    ...more,
  })
  const gone = { deprecated: true }
  /** 2.1.0 is the candidate, 2.0.0 its baseline. */
  const world = (...releases: readonly Release[]) =>
    worldOf({
      releases,
      pick: releases.length - 2,
      latest: null,
      percent: 0,
      published: 'latest',
      rolledBack: [],
    })
  const pickedIn = (of: World, spec: string, back = false) => {
    const rollout = back ? { ...of.rollout, ...ended('rolled-back') } : of.rollout
    return picked(document(of.after, [rollout, ...of.ended], outsider(of.rollout), 'full'), spec)
  }

  it.each<[string, World, Record<string, string>]>([
    [
      'by deprecating all others',
      world(release('1.0.0', gone), release('2.0.0', gone), release('2.1.0')),
      {
        '*': '2.0.0',
        latest: '2.0.0',
        '^2.0.0': '2.0.0',
        '>=1': '2.0.0',
        '^1 || ^2': '2.0.0',
        '2.1.0': '2.1.0',
      },
    ],
    [
      'by deprecating the newest only',
      world(release('1.0.0'), release('2.0.0', gone), release('2.1.0')),
      { '*': '2.0.0', '^2': '2.0.0', '^1': '1.0.0' },
    ],
    [
      'by deprecating an old line that a range names beside a new one',
      world(release('1.0.0', gone), release('2.0.0'), release('3.0.0')),
      { '^1 || ^3': '1.0.0', '^2 || ^3': '2.0.0' },
    ],
    [
      'by engines that fit better',
      world(release('1.0.0', { node: '>=99' }), release('2.0.0', { node: '>=99' }), release('2.1.0')),
      { '*': '2.0.0', '^2': '2.0.0', latest: '2.0.0', '2.1.0': '2.1.0' },
    ],
    [
      'by engines for other Nodes than those of what is shown',
      world(release('2.0.0', { node: '^20 || ^22' }), release('2.1.0', { node: '>=24' })),
      { '*': '2.0.0', '>=2': '2.0.0' },
    ],
  ])('%s, it stays hidden, after a rollback too', (_, of, expected) => {
    for (const [spec, version] of Object.entries(expected)) {
      expect([spec, pickedIn(of, spec)]).toEqual([spec, version])
      expect([spec, pickedIn(of, spec, true)]).toEqual([spec, version])
    }
  })

  it('and its engines are its own in the document of that one version', () => {
    const of = world(release('2.0.0', { node: '>=99' }), release('2.1.0', { node: '>=18' }))
    const views = packageViews(of.after, exposuresOf(id, [of.rollout, ...of.ended]))
    const visibility = visibilityOf(views, viewDelta(views, outsider(of.rollout), sha256Bucket))
    const one = npmVersion(of.after, '2.1.0', visibility, links)
    expect(JSON.parse(one?.body ?? '').engines).toEqual({ node: '>=18' })
    const packument = JSON.parse(fullPackument(of.after, visibility, links, '1-0').body)
    expect(packument.versions['2.1.0'].engines).toEqual({ node: '>=99' })
  })
})
