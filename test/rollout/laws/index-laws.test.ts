import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion, listedVersions } from '../../../src/catalog/views/latest-version.ts'
import {
  ecosystemOf,
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aPackage } from '../../catalog/sample.ts'
import { sha256 } from '../builders.ts'
import { heart, type World } from '../world.ts'
import { type Move, moves, play } from './histories.ts'
import { PACKAGES } from './history-moves.ts'

// Laws 8 and 9 speak of the index, so they are held over the same histories as the laws of the heart, as seen by
// the views of `catalog/`. The documents themselves are in the tests of `catalog/`.

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 300)
const timeoutMs = 240_000
/** Every so many moves all views of all packages are looked at. */
const LOOK_EVERY = 12

/** What an index shows of a package in a view. */
type Look = (world: World, pkg: PackageRecord, view: View) => Visibility
type IndexLaw = (pkg: PackageRecord, seen: Visibility, world: World, view: View) => string | null

const buckets = new Map<string, number>()
function bucket(salt: string, key: string): number {
  const id = `${salt}/${key}`
  const found = buckets.get(id) ?? bucketOf(sha256, salt, key)
  buckets.set(id, found)
  return found
}

function viewsOf(world: World, pkg: PackageRecord) {
  return packageViews(pkg, exposuresOf(pkg.id, world.rolloutsOf(pkg.id)))
}

const look: Look = (world, pkg, view) => {
  const views = viewsOf(world, pkg)
  return visibilityOf(views, viewDelta(views, view, bucket))
}

/** 8. an exact pin is answered at every percent, also after a rollback; only an explicit block refuses it. */
const answersPins: IndexLaw = (pkg, seen, world) => {
  const blocked = new Set(world.states.flatMap((state) => state.blocked))
  const listed = new Set(listedVersions(pkg, seen).map(({ version }) => version))
  const wrong = Object.keys(pkg.versions).find(
    (version) => listed.has(version) === blocked.has(`${pkg.id}@${version}`),
  )
  return wrong === undefined
    ? null
    : `${pkg.id}@${wrong} is ${listed.has(wrong) ? 'answered although blocked' : 'missing'}`
}

/**
 * 9. no view is without an installable version of a package that completed one which nobody blocked. A pre-release
 * stands in for a final nowhere, also not for a blocked one.
 */
const neverEmpty: IndexLaw = (pkg, seen, world) => {
  const latest = latestVersion(pkg, seen)
  const completed = new Set(
    world
      .rolloutsOf(pkg.id)
      .flatMap(({ members, transitions }) =>
        transitions.some(({ type }) => type === 'completed') ? members.map(({ candidate }) => candidate) : [],
      ),
  )
  const { isPrerelease } = schemeOf(ecosystemOf(pkg))
  const left = listedVersions(pkg, seen).filter(
    ({ version }) => completed.has(`${pkg.id}@${version}`) && !isPrerelease(version),
  )
  if (left.length === 0) return null
  return latest !== null && !seen.hidden.has(latest.version) ? null : `${pkg.id} shows nothing`
}

/** Nobody gets a pre-release who did not choose its channel, as an arm of its rollout does. */
const finalsOnly: IndexLaw = (pkg, seen, world, view) => {
  if (view.kind === 'channel' || view.kind === 'arm') return null
  const latest = latestVersion(pkg, seen)
  const { isPrerelease } = schemeOf(ecosystemOf(pkg))
  if (latest !== null && isPrerelease(latest.version)) return `${pkg.id} shows ${latest.version} as latest`
  if (view.kind === 'candidate') return null
  const rolling = world.live
    .flatMap(({ members }) => members)
    .filter(({ candidate, baseline }) => baseline !== null && candidate.startsWith(`${pkg.id}@`))
    .map(({ candidate }) => candidate.slice(pkg.id.length + 1))
  const shown = rolling.find((version) => isPrerelease(version) && !seen.hidden.has(version))
  return shown === undefined ? null : `${pkg.id} shows ${shown}, which is rolling out`
}

/** The first violation over all views of all packages at several moments of a history. */
function violation(history: readonly Move[], law: IndexLaw, see: Look): string | null {
  let found: string | null = null
  let moment = 0
  play(history, heart, (world) => {
    moment += 1
    if (found === null && moment % LOOK_EVERY === 0) found = inspect(world, law, see)
  })
  return found
}

function inspect(world: World, law: IndexLaw, see: Look): string | null {
  for (const id of PACKAGES) {
    const pkg = aPackage(
      id,
      (world.versions[id] ?? []).map(({ version }) => version),
    )
    for (const view of viewsAt(world, id)) {
      const broken = law(pkg, see(world, pkg, view), world, view)
      if (broken !== null) return `${JSON.stringify(view)}: ${broken}`
    }
  }
  return null
}

function viewsAt(world: World, id: string): readonly View[] {
  const arms = world
    .rolloutsOf(id)
    .flatMap(({ id: rollout }) =>
      (['candidate', 'baseline'] as const).map((arm): View => ({ kind: 'arm', rollout, arm, nonce: null })),
    )
  const cohorts = ['one', 'two', 'three', 'tester-1'].map((key): View => ({ kind: 'cohort', key }))
  const channels = [null, 'one'].map((key): View => ({ kind: 'channel', channel: 'rc', key }))
  return [
    { kind: 'stable' },
    { kind: 'stable', finals: true },
    { kind: 'candidate' },
    ...channels,
    ...cohorts,
    ...arms,
  ]
}

/** Hides by leaving out. */
const omitting: Look = (world, pkg, view) => {
  const seen = look(world, pkg, view)
  return { ...seen, blocked: new Set([...seen.blocked, ...seen.hidden]) }
}

/** Hides without a look at what is left. */
const strict: Look = (world, pkg, view) => {
  const views = viewsOf(world, pkg)
  const { shown, removed } = viewDelta(views, view, bucket)
  const hidden = [...views.stableHidden, ...removed].filter((version) => !shown.includes(version))
  return { hidden: new Set(hidden), blocked: views.blocked, changedAt: 0 }
}

/** Takes every asker for one who has chosen the channel. */
const careless: Look = (world, pkg, view) =>
  look(world, pkg, view.kind === 'cohort' ? { kind: 'channel', channel: 'rc', key: view.key } : view)

const LAWS: readonly (readonly [string, IndexLaw, Look])[] = [
  ['8: exact pins are answered', answersPins, omitting],
  ['9: no view is without an installable version', neverEmpty, strict],
  ['of channels: no pre-release for who did not choose it', finalsOnly, careless],
]

describe(`the laws of the index over ${runs} histories each (LAWS_SEED=${seed})`, () => {
  it.each(LAWS)(
    'law %s',
    (_, law) => {
      console.log(`index laws: LAWS_SEED=${seed}`)
      const property = fc.property(moves, (history) => {
        const broken = violation(history, law, look)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each(LAWS)(
    'law %s, and an index that breaks it is caught',
    (_, law, wrong) => {
      const property = fc.property(moves, (history) => violation(history, law, wrong) === null)
      expect(fc.check(property, { seed, numRuns: 20 * runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )
})
