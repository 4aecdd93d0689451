import { createRequire } from 'node:module'
import fc from 'fast-check'
import { compare, prerelease, satisfies, validRange } from 'semver'
import { describe, expect, it } from 'vitest'
import { abbreviatedPackument, fullPackument } from '../../../src/catalog/hosted/packument.ts'
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
  /** Its `engines` leave out the Node that asks. */
  readonly forOtherNode: boolean
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
  forOtherNode: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
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

function record({ version, deprecated, forOtherNode }: Release) {
  return aVersion(version, {
    files: [fileOf(version)],
    manifest: { name: 'demo', version, ...(forOtherNode && { engines: { node: '>=99' } }) },
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

/** Something else that npm would take without a warning: it tells our mark from a maintainer's as little as people do. */
function othersFit({ releases, candidate, ended: rollouts }: World, spec: string): boolean {
  const back = new Set(
    rollouts.filter(({ end }) => end?.kind === 'rolled-back').map(({ members }) => members[0]?.candidate),
  )
  return releases.some(
    (release) =>
      release !== candidate &&
      satisfies(release.version, spec) &&
      !release.deprecated &&
      !release.forOtherNode &&
      !back.has(`${id}@${release.version}`),
  )
}

const form = fc.constantFrom('full', 'abbreviated')

describe("npm's own picker, outside the cohort", () => {
  it('picks what it would if the candidate did not exist, and the candidate for its exact version', () => {
    fc.assert(
      fc.property(anyWorld, anySpec, form, (world, specOf, which) => {
        const { candidate, rollout } = world
        const spec = specOf(world)
        fc.pre(!isRange(spec) || othersFit(world, spec))
        const view = outsider(rollout)
        const packument = document(world.after, [rollout, ...world.ended], view, which)
        const without = document(world.before, world.ended, view, which)
        expect(picked(packument, candidate.version)).toBe(candidate.version)
        expect(picked(packument, spec)).toBe(picked(without, spec))
        expect(picked(packument, spec)).not.toBe(candidate.version)
      }),
      { numRuns: 10_000 },
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

describe("npm's own picker, where everything else in a range is deprecated by its maintainer", () => {
  it('takes the candidate: it knows one mark only, and ours is the same', () => {
    const world = worldOf({
      releases: [
        { version: '1.0.0', deprecated: true, forOtherNode: false },
        { version: '1.1.0', deprecated: false, forOtherNode: false },
      ],
      pick: 0,
      latest: null,
      percent: 0,
      published: 'latest',
      rolledBack: [],
    })
    const view = outsider(world.rollout)
    const packument = document(world.after, [world.rollout, ...world.ended], view, 'full')
    expect(picked(packument, '^1.0.0')).toBe('1.1.0')
    expect(picked(packument, 'latest')).toBe('1.0.0')
  })
})
