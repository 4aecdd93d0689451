import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Exposure, exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aPackage, aVersion } from '../../catalog/sample.ts'
import { sha256 } from '../builders.ts'
import { heart, type Step, type World } from '../world.ts'
import { type Move, moves, play } from './histories.ts'
import { PACKAGES } from './history-moves.ts'

// Laws 12 and 13 speak of what people see of all live releases of a package together.

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 100)
const timeoutMs = 240_000
const KEYS = ['one', 'two', 'three', 'four', 'tester-1']

/** What rollouts say of a package; broken ones say something else. */
type Tell = (exposures: readonly Exposure[]) => readonly Exposure[]

const asItIs: Tell = (exposures) => exposures

const buckets = new Map<string, number>()
function bucket(salt: string, key: string): number {
  const id = `${salt}/${key}`
  const found = buckets.get(id) ?? bucketOf(sha256, salt, key)
  buckets.set(id, found)
  return found
}

/** The finals that each key is shown, by `package key`. */
type Shown = ReadonlyMap<string, readonly string[]>

function shownIn(world: World, tell: Tell): Shown {
  const shown = new Map<string, readonly string[]>()
  for (const id of PACKAGES) {
    const { compare, isPrerelease } = schemeOf(id.startsWith('npm') ? 'npm' : 'pypi')
    const records = (world.versions[id] ?? []).map(({ version, withdrawn }) =>
      aVersion(version, { withdrawn: withdrawn ? 'yanked' : null }),
    )
    const views = packageViews(aPackage(id, records), tell(exposuresOf(id, world.rolloutsOf(id))))
    for (const key of KEYS) {
      const { hidden, blocked } = visibilityOf(views, viewDelta(views, { kind: 'cohort', key }, bucket))
      const versions = records
        .map(({ version }) => version)
        .filter((version) => !hidden.has(version) && !blocked.has(version) && !isPrerelease(version))
      shown.set(`${id} ${key}`, versions.sort(compare))
    }
  }
  return shown
}

interface Change {
  readonly kind: Move['kind']
  readonly world: World
  readonly steps: readonly Step[]
  readonly before: Shown
  readonly after: Shown
}

type Law = (change: Change) => string | null

/** A replaced policy may bring groups: that takes a maintainer. */
const EXPOSES = new Set(['started', 'stage-entered', 'completed', 'policy-replaced'])
const TAKES = new Set(['rolled-back', 'abandoned', 'blocked', 'lowered'])

/** 12. a candidate is shown to one more only by a step of its own rollout, whatever others write. */
const onlyByItsOwn: Law = ({ world, steps, before, after }) => {
  const moved = new Set(
    steps.flatMap(({ rollout, decision }) =>
      decision.ok && decision.events.some(({ type }) => EXPOSES.has(type)) ? [rollout] : [],
    ),
  )
  for (const [place, versions] of after) {
    const [id = '', key = ''] = place.split(' ')
    for (const version of versions.filter((one) => !before.get(place)?.includes(one))) {
      const carriers = world
        .rolloutsOf(id)
        .filter(({ members }) => members.some(({ candidate }) => candidate === `${id}@${version}`))
      const wasFull = carriers.some(({ transitions }) => transitions.some(({ type }) => type === 'completed'))
      if (wasFull || carriers.some(({ id: rollout }) => moved.has(rollout))) continue
      return `${key} is shown ${id}@${version}, of which nothing happened`
    }
  }
  return null
}

/** 13. starting or raising never lowers what is shown to who admits the release that is raised. */
const neverLowered: Law = ({ kind, steps, before, after }) => {
  const events = steps.flatMap(({ decision }) => (decision.ok ? decision.events : []))
  if (kind === 'withdraw' || events.some(({ type }) => TAKES.has(type))) return null
  for (const [place, versions] of after) {
    const { compare } = schemeOf(place.startsWith('npm') ? 'npm' : 'pypi')
    const [was, is] = [before.get(place)?.at(-1), versions.at(-1)]
    if (was !== undefined && (is === undefined || compare(is, was) < 0)) {
      return `${place} was shown ${was} and gets ${is ?? 'nothing'}`
    }
  }
  return null
}

function violation(history: readonly Move[], law: Law, tell: Tell): string | null {
  let found: string | null = null
  let before: Shown | null = null
  let seen = 0
  let index = 0
  play(history, heart, (world) => {
    const after = shownIn(world, tell)
    const steps = world.steps.slice(seen)
    const kind = history[index]?.kind ?? 'wait'
    if (found === null && before !== null) found = law({ kind, world, steps, before, after })
    seen = world.steps.length
    index += 1
    before = after
  })
  return found
}

/** The baseline of a candidate is thrown away when it is no longer there: the candidate takes its place. */
const forgetsBaselines: Tell = (exposures) =>
  exposures.filter(({ end, live }) => live || end !== 'completed').map((one) => ({ ...one, baseline: null }))

/** An older live release goes as soon as a newer one has begun. */
const supersedesAtOnce: Tell = (exposures) => {
  const newest = exposures.find(({ live, basisPoints }) => live && basisPoints > 0)
  return exposures.filter((one) => !one.live || one.full || newest === undefined || one === newest)
}

const LAWS: readonly (readonly [string, Law, Tell])[] = [
  ['12: nobody sees a candidate but by its own steps', onlyByItsOwn, forgetsBaselines],
  ['13: what is raised lowers nobody', neverLowered, supersedesAtOnce],
]

describe(`the laws of several live releases over ${runs} histories each (LAWS_SEED=${seed})`, () => {
  it.each(LAWS)(
    'law %s',
    (_, law) => {
      console.log(`exposure laws: LAWS_SEED=${seed}`)
      const property = fc.property(moves, (history) => {
        const broken = violation(history, law, asItIs)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each(LAWS)(
    'law %s, and what breaks it is caught',
    (_, law, tell) => {
      const property = fc.property(moves, (history) => violation(history, law, tell) === null)
      expect(fc.check(property, { seed, numRuns: runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )
})
