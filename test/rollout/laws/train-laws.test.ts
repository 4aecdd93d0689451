import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import { packageViews, viewDelta, visibilityOf } from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { isLive } from '../../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { type Departure, departureOf, type Train } from '../../../src/rollout/trains/departure.ts'
import { packageIdOf, type ReleaseId } from '../../../src/versions/release.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { aPackage } from '../../catalog/sample.ts'
import { HOUR, maintainer, policy, sha256 } from '../builders.ts'
import { World } from '../world.ts'
import { pick } from './history-moves.ts'

// What holds of packages that roll out together, over random histories of three packages of one owner (one of them on
// PyPI) and one of a stranger: uploads in any order, members that come late, hotfixes, backports, raises, people.

const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))
const runs = Number(process.env.LAWS_RUNS ?? 60)
const timeoutMs = 240_000
const OURS = ['npm:alpha', 'npm:beta', 'pypi:gamma'] as const
const STRANGE = 'npm:evil'
const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`)
const VERSIONS = ['1.1.0', '1.1.1', '1.2.0', '1.0.1', '2.0.0', '1.1.2'] as const

interface Move {
  readonly kind:
    | 'upload'
    | 'leave'
    | 'wait'
    | 'pause'
    | 'resume'
    | 'rollBack'
    | 'lower'
    | 'restart'
    | 'strange'
  readonly a: number
  readonly b: number
}

const moves = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('upload' as const) },
      { weight: 6, arbitrary: fc.constantFrom('leave' as const) },
      { weight: 10, arbitrary: fc.constantFrom('wait' as const) },
      { weight: 2, arbitrary: fc.constantFrom('strange' as const) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          'pause' as const,
          'resume' as const,
          'rollBack' as const,
          'lower' as const,
          'restart' as const,
        ),
      },
    ),
    a: fc.nat(1000),
    b: fc.nat(1000),
  }),
  { minLength: 10, maxLength: 50 },
)

/** How trains are put together and looked at; wrong ones are put in its place to see that the laws notice. */
interface Ways {
  readonly departure: (departure: Departure) => Departure
  readonly packagesOf: (owner: 'us' | 'stranger') => readonly string[]
  readonly bucket: (salt: string, key: string, id: string) => number
}

const buckets = new Map<string, number>()
const bucketIn = (salt: string, key: string) => {
  const found = buckets.get(`${salt}/${key}`) ?? bucketOf(sha256, salt, key)
  buckets.set(`${salt}/${key}`, found)
  return found
}

const right: Ways = {
  departure: (departure) => departure,
  packagesOf: (owner) => (owner === 'us' ? OURS : [STRANGE]),
  bucket: bucketIn,
}

const who = { actor: maintainer, reason: 'because' }

function leave(world: World, ways: Ways, owner: 'us' | 'stranger', asked: ReleaseId): void {
  const packages = ways.packagesOf(owner)
  const train: Train = { name: 'suite', packages, policy: world.policyOfRelease(asked) }
  const states = world.states.filter(({ members }) =>
    members.some(({ candidate }) => packages.includes(packageIdOf(candidate))),
  )
  const departure = ways.departure(departureOf([asked], train, states, () => true))
  world.start(departure.releases, who, false, departure)
}

function make(world: World, ways: Ways, { kind, a, b }: Move): void {
  const open = world.states.filter(({ startedAt, end }) => startedAt === null && end === null)
  const ours = world.live.filter((state) => !isStrange(state))
  const some = pick(ours, a)
  switch (kind) {
    case 'upload':
      world.upload(`${OURS[a % OURS.length]}@${VERSIONS[b % VERSIONS.length]}`)
      return
    case 'leave': {
      const release = pick(
        open.filter((state) => !isStrange(state)),
        a,
      )?.members[0]?.candidate
      if (release !== undefined) leave(world, ways, 'us', release)
      return
    }
    case 'wait':
      world.now += HOUR * (1 + (b % 3))
      for (const { id } of world.live) world.tick(id)
      return
    case 'strange': {
      const release = `${STRANGE}@1.${b}.0`
      if (world.upload(release) !== null) leave(world, ways, 'stranger', release)
      return
    }
    case 'restart': {
      const fallen = pick(
        world.states.filter(({ end }) => end?.kind === 'rolled-back'),
        a,
      )
      if (fallen !== undefined)
        world.start(
          fallen.members.map(({ candidate }) => candidate),
          who,
          true,
        )
      return
    }
    case 'rollBack':
      if (some !== undefined)
        world.command(some.id, { type: kind, installable: true, newerCompleted: null }, who)
      return
    case 'lower':
      if (some !== undefined) world.command(some.id, { type: kind, to: 0 }, who)
      return
    default:
      if (some !== undefined) world.command(some.id, { type: kind }, who)
  }
}

const isStrange = ({ members }: RolloutState) =>
  members.every(({ candidate }) => packageIdOf(candidate) === STRANGE)

function shown(world: World, ways: Ways, id: string, view: View): string | null {
  const record = aPackage(
    id,
    (world.versions[id] ?? []).map(({ version }) => version),
  )
  const views = packageViews(record, exposuresOf(id, world.rolloutsOf(id)))
  const seen = visibilityOf(
    views,
    viewDelta(views, view, (salt, key) => ways.bucket(salt, key, id)),
  )
  return latestVersion(record, seen)?.version ?? null
}

const atLeast = (id: string, left: string | null, right: string) =>
  left !== null && schemeOf(id.startsWith('npm:') ? 'npm' : 'pypi').compare(left, right) >= 0

type Law = (world: World, ways: Ways, before: ReadonlyMap<string, string>, move: Move) => string | null

/** Who is shown one release of a train is shown all that it left with, or newer ones. */
const neverMixed: Law = (world, ways) => {
  const stable = new Map(OURS.map((id) => [id, shown(world, ways, id, { kind: 'stable' })]))
  for (const key of KEYS) {
    const seen = new Map(OURS.map((id) => [id as string, shown(world, ways, id, { kind: 'cohort', key })]))
    for (const id of OURS) {
      const version = seen.get(id) ?? null
      if (version === stable.get(id)) continue
      const carriers = world.live.filter(({ members }) =>
        members.some(({ candidate }) => candidate === `${id}@${version}`),
      )
      const isWhole = carriers.some(({ members }) =>
        members.every(({ candidate }) => {
          const other = packageIdOf(candidate)
          return atLeast(other, seen.get(other) ?? null, candidate.slice(other.length + 1))
        }),
      )
      if (!isWhole) return `${key} is shown ${id}@${version} and ${JSON.stringify([...seen])}`
    }
  }
  return null
}

/** Whatever takes the place of one package of a live train takes the place of all of it: none goes to 0 for another. */
const takesAll: Law = (world) => {
  const ours = world.states.filter((state) => state.startedAt !== null && !isStrange(state))
  for (const newer of ours) {
    for (const older of ours) {
      if (newer === older || !wasLiveAt(older, newer) || newer.restartOf !== null) continue
      const places = newer.members.map(({ candidate }) => packageIdOf(candidate))
      const isInPlace = older.members.some(({ candidate }) => {
        const id = packageIdOf(candidate)
        const own = newer.members.find((member) => packageIdOf(member.candidate) === id)
        return own !== undefined && own.candidate !== candidate && isLineOf(own.candidate, candidate)
      })
      const missing = older.members.find(({ candidate }) => !places.includes(packageIdOf(candidate)))
      if (isInPlace && missing !== undefined && isNewerOf(newer, older))
        return `${newer.id} leaves ${missing.candidate} of ${older.id} behind`
    }
  }
  return null
}

const wasLiveAt = ({ startedAt, end }: RolloutState, newer: RolloutState) =>
  startedAt !== null &&
  startedAt < (newer.startedAt ?? 0) &&
  (end === null || end.at > (newer.startedAt ?? 0))

const isLineOf = (left: ReleaseId, right: ReleaseId) =>
  left.split('.')[1] === right.split('.')[1] && left.split('@')[1]?.[0] === right.split('@')[1]?.[0]

const isNewerOf = (newer: RolloutState, older: RolloutState) =>
  older.members.every(({ candidate }) => {
    const id = packageIdOf(candidate)
    const own = newer.members.find((member) => packageIdOf(member.candidate) === id)
    return (
      own === undefined || atLeast(id, own.candidate.slice(id.length + 1), candidate.slice(id.length + 1))
    )
  })

/** What a stranger uploads and starts leaves phase, percent, roster and members of everybody else's rollouts as they were. */
const strangersAreNobody: Law = (world, _, before, { kind }) => {
  for (const state of world.states) {
    const members = state.members.map(({ candidate }) => packageIdOf(candidate))
    if (members.includes(STRANGE) && members.some((id) => id !== STRANGE))
      return `${state.id} is of two owners`
  }
  if (kind !== 'strange') return null
  const changed = [...facts(world)].find(([id, fact]) => before.get(id) !== fact)
  return changed === undefined ? null : `${changed[0]} became ${changed[1]}`
}

function facts(world: World): ReadonlyMap<string, string> {
  const others = world.states.filter((state) => !isStrange(state))
  return new Map(
    others.map((state) => {
      const { id, members, stageIndex, startedAt, end, canaries, overtaken } = state
      const roster = Object.keys(canaries)
      return [id, JSON.stringify({ members, stageIndex, startedAt, end, roster, overtaken })]
    }),
  )
}

function violation(history: readonly Move[], law: Law, ways: Ways): string | null {
  const world = new World(() => policy({ stages: ladder }))
  for (const id of [...OURS, STRANGE]) {
    world.upload(`${id}@1.0.0`)
    world.now += HOUR
  }
  for (const move of history) {
    const before = facts(world)
    world.now += 1
    make(world, ways, move)
    const broken = law(world, ways, before, move)
    if (broken !== null) return broken
  }
  return null
}

const ladder = [0, 1000, 5000, 10_000].map((basisPoints) => ({
  name: `at ${basisPoints}`,
  basisPoints,
  bakeMs: HOUR,
  groups: [],
  gates: {},
}))

const LAWS: readonly (readonly [string, Law, Ways])[] = [
  [
    'who is shown one member is shown all of them',
    neverMixed,
    { ...right, bucket: (salt, key, id) => bucketIn(`${salt}/${id}`, key) },
  ],
  [
    'what takes the place of one member takes that of all',
    takesAll,
    { ...right, departure: (departure) => ({ ...departure, carried: [] }) },
  ],
  [
    'a stranger neither joins nor moves a train',
    strangersAreNobody,
    { ...right, packagesOf: () => [...OURS, STRANGE] },
  ],
]

/** What is said of the histories themselves must not hang on luck. */
const known = { seed: 7 }

describe(`the laws of trains over ${runs} histories each (LAWS_SEED=${seed})`, () => {
  it.each(LAWS)(
    '%s',
    (_, law) => {
      const property = fc.property(moves, (history) => {
        const broken = violation(history, law, right)
        if (broken !== null) throw new Error(broken)
      })
      fc.assert(property, { seed, numRuns: runs })
    },
    timeoutMs,
  )

  it.each(LAWS)(
    '%s, and a way that breaks it is caught',
    (_, law, wrong) => {
      const property = fc.property(moves, (history) => violation(history, law, wrong) === null)
      expect(fc.check(property, { ...known, numRuns: 10 * runs, endOnFailure: true }).failed).toBe(true)
    },
    timeoutMs,
  )

  it(
    'has histories in which trains climb, carry and complete',
    () => {
      const seen = new Set<string>()
      fc.assert(
        fc.property(moves, (history) => {
          const world = new World(() => policy({ stages: ladder }))
          for (const id of OURS) world.upload(`${id}@1.0.0`)
          for (const move of history) {
            world.now += 1
            make(world, right, move)
          }
          for (const state of world.states) {
            if (state.members.length > 1 && isLive(state) && state.stageIndex > 0) seen.add('climbs together')
            if (state.members.length > 1 && state.end !== null) seen.add(state.end.kind)
            if (state.overtaken !== null) seen.add('overtaken')
            if (state.restartOf !== null) seen.add('begun again')
          }
        }),
        { ...known, numRuns: 10 * runs },
      )
      expect([...seen].sort()).toEqual(
        ['begun again', 'climbs together', 'completed', 'overtaken', 'rolled-back', 'superseded'].sort(),
      )
    },
    timeoutMs,
  )
})
