import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import {
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { withoutExposure } from '../../../src/engine/core/load-rollouts.ts'
import { replay } from '../../../src/rollout/history/evolve.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aPackage } from '../../catalog/sample.ts'
import { sha256 } from '../builders.ts'
import { heart, type World } from '../world.ts'
import { type Move, moves, play } from './histories.ts'
import { PACKAGES, pick } from './history-moves.ts'

// Law 11: what cannot be read or understood is hidden, not shown. Here it is one history among those of several live
// releases, and a version that none of them knows; odd names of files and documents are in the tests of `catalog/`.

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 150)
const timeoutMs = 240_000
/** Every so many moves one history is damaged, and all views are looked at. */
const LOOK_EVERY = 10
/** A version that is there and that no history speaks of. */
const UNKNOWN = '77.0.0'

/** What a view shows while these are the histories. */
type Look = (pkg: PackageRecord, rollouts: readonly RolloutState[], view: View) => Visibility
/** What is known of a rollout of which only the first events can be read; null: nothing is. */
type Read = (world: World, state: RolloutState, events: number) => RolloutState | null

const buckets = new Map<string, number>()
function bucket(salt: string, key: string): number {
  const id = `${salt}/${key}`
  const found = buckets.get(id) ?? bucketOf(sha256, salt, key)
  buckets.set(id, found)
  return found
}

const look: Look = (pkg, rollouts, view) => {
  const views = packageViews(pkg, exposuresOf(pkg.id, rollouts))
  return visibilityOf(views, viewDelta(views, view, bucket))
}

const read: Read = (world, { id }, events) => {
  const begun = replay(id, (world.events.get(id) ?? []).slice(0, events))
  return begun === null ? null : withoutExposure(begun, 'it was cut off')
}

const VIEWS: readonly View[] = [
  { kind: 'stable' },
  { kind: 'candidate' },
  ...['one', 'two', 'three', 'four', 'tester-1'].map((key): View => ({ kind: 'cohort', key })),
]

function violation(history: readonly Move[], see: Look, readAs: Read): string | null {
  let found: string | null = null
  let moment = 0
  play(history, heart, (world) => {
    const { a, b } = history[moment] ?? { a: 0, b: 0 }
    moment += 1
    if (found !== null || moment % LOOK_EVERY !== 0) return
    for (const id of PACKAGES) found ??= damaged(world, id, { a, b }, see, readAs)
  })
  return found
}

/** One history of the package is cut off: nobody sees more finals than before, but what was a full release once. */
function damaged(
  world: World,
  id: string,
  { a, b }: Pick<Move, 'a' | 'b'>,
  see: Look,
  readAs: Read,
): string | null {
  const whole = world.rolloutsOf(id)
  const hit = pick(whole, a)
  if (hit === undefined) return null
  const rest = readAs(world, hit, b % ((world.events.get(hit.id) ?? []).length + 1))
  const left = whole.flatMap((state) => (state === hit ? (rest === null ? [] : [rest]) : [state]))
  const pkg = aPackage(id, [...(world.versions[id] ?? []).map(({ version }) => version), UNKNOWN])
  const once = releasedOnce(id, whole)
  const { isPrerelease } = schemeOf(id.startsWith('npm') ? 'npm' : 'pypi')
  for (const view of VIEWS) {
    const [before, after] = [see(pkg, whole, view), see(pkg, left, view)]
    const more = Object.keys(pkg.versions).find(
      (version) =>
        !isPrerelease(version) &&
        isShown(after, version) &&
        (version === UNKNOWN || (!isShown(before, version) && !before.blocked.has(version))) &&
        !once.has(version),
    )
    if (more !== undefined)
      return `${JSON.stringify(view)} shows ${id}@${more} since ${hit.id} cannot be read`
  }
  return null
}

const isShown = ({ hidden, blocked }: Visibility, version: string) =>
  !hidden.has(version) && !blocked.has(version)

function releasedOnce(id: string, rollouts: readonly RolloutState[]): ReadonlySet<string> {
  const exposures = exposuresOf(id, rollouts)
  const own = exposures.filter(({ wasFull }) => wasFull).map(({ version }) => version)
  const compared = exposures.flatMap(({ baseline }) => (baseline === null ? [] : [baseline]))
  return new Set([...own, ...compared])
}

/** Shows what no history speaks of: it might be old. */
const trusting: Look = (pkg, rollouts, view) => {
  const seen = look(pkg, rollouts, view)
  const known = new Set(exposuresOf(pkg.id, rollouts).map(({ version }) => version))
  return { ...seen, hidden: new Set([...seen.hidden].filter((version) => known.has(version))) }
}

/** Goes by what could be read of it, as if nothing had come after. */
const believing: Read = (world, { id }, events) => replay(id, (world.events.get(id) ?? []).slice(0, events))

describe(`law 11 over several live releases, ${runs} histories (LAWS_SEED=${seed})`, () => {
  it(
    'a history that cannot be read shows nobody a candidate',
    () => {
      console.log(`law 11: LAWS_SEED=${seed}`)
      const property = fc.property(moves, (history) => {
        const broken = violation(history, look, read)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each([
    ['shows what no history speaks of', trusting, read],
    ['goes by the part that can be read', look, believing],
  ] as const)(
    'an index that %s is caught',
    (_, see, readAs) => {
      const property = fc.property(moves, (history) => violation(history, see, readAs) === null)
      expect(fc.check(property, { seed, numRuns: 20 * runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )
})
