import { bucketOf, type Sha256 } from '../../cohort/bucket.ts'
import type { RosterEntry } from '../../gates/evidence.ts'
import type { Policy } from '../../gates/policy.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import { decide } from '../../rollout/deciding/decide.ts'
import { freezeOf } from '../../rollout/deciding/freeze.ts'
import { effectsWanted } from '../../rollout/effects/effects-wanted.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import { evolve } from '../../rollout/history/evolve.ts'
import { basisPointsOf, isLive, seesCandidate } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { reachedByOlder, standingOf } from '../../rollout/siblings/standing.ts'
import { planStart } from '../../rollout/starting/plan-start.ts'
import { semverScheme } from '../../versions/semver-scheme.ts'
import { DAY_MS, MINUTE_MS } from '../durations.ts'
import type { Random } from '../random.ts'
import type { PlannedRelease } from './release-series.ts'
import type { SeriesTreatment } from './series-treatment.ts'

/** The package under one treatment: what users are shown, and what is done to it. Times in ms. */
export interface SimulatedPackage {
  publish(release: { readonly version: string; readonly planned: PlannedRelease }, now: number): void
  /** A person takes it back; one that is over stays as it is. */
  takeBack(version: string, now: number): void
  tick(now: number): void
  /** The greatest version that somebody is shown; null before there is one. */
  shownTo(user: { readonly key: string; readonly early: boolean }, now: number): string | null
  isForAll(version: string, now: number): boolean
  isTakenBack(version: string): boolean
}

const MAIN = 'npm:simulated'
/** What comes out with some of its releases. */
const BESIDE = 'npm:simulated-extra'
const FIRST = '1.0.0'
const SYSTEM: Actor = { kind: 'system' }
const MAINTAINER: Actor = { kind: 'person', login: 'maintainer', permission: 'admin' }
const RECENT_MS = 8 * DAY_MS
/** How long the canary's run takes. */
const RUN_MS = 25 * MINUTE_MS

export function createPackage(treatment: SeriesTreatment, random: Random, sha256: Sha256): SimulatedPackage {
  return treatment.kind === 'cool-down' ? coolDown(treatment.ms) : onLadder(treatment, random, sha256)
}

/** Everybody but a few hides what is younger; what is taken back is hidden from all. */
function coolDown(ms: number): SimulatedPackage {
  const known = new Map<string, { readonly at: number; gone: boolean }>([
    [FIRST, { at: -Infinity, gone: false }],
  ])
  const isShown = (version: string, early: boolean, now: number) => {
    const one = known.get(version)
    return one !== undefined && !one.gone && now - one.at >= (early ? 0 : ms)
  }
  return {
    publish: ({ version }, now) => void known.set(version, { at: now, gone: false }),
    takeBack: (version) => {
      const one = known.get(version)
      if (one !== undefined) one.gone = true
    },
    tick: () => {},
    shownTo: ({ early }, now) =>
      greatest([...known.keys()].filter((version) => isShown(version, early, now))),
    isForAll: (version, now) => isShown(version, false, now),
    isTakenBack: (version) => known.get(version)?.gone === true,
  }
}

/** The rollouts of a package, changed by commands of the heart alone. */
interface Shelf {
  readonly states: ReadonlyMap<string, RolloutState>
  live(): readonly RolloutState[]
  /** What ended long ago moves nothing any more. */
  recent(): readonly RolloutState[]
  /** The greatest version that everybody has. */
  full(): string
  find(version: string): RolloutState | undefined
  run(id: string, body: CommandBody, now: number, actor?: Actor): void
}

function createShelf(): Shelf {
  const states = new Map<string, RolloutState>()
  const byVersion = new Map<string, string>()
  let live: readonly RolloutState[] = []
  let recent: readonly RolloutState[] = []
  let full = FIRST
  const put = (state: RolloutState, now: number) => {
    const before = states.get(state.id)
    states.set(state.id, state)
    const version = versionOf(state)
    byVersion.set(version, state.id)
    recent = [...recent.filter(({ id, end }) => id !== state.id && now - (end?.at ?? now) < RECENT_MS), state]
    live = recent.filter(isLive)
    const isWhole = state.end?.kind === 'completed'
    if (isWhole) full = greatest([full, version]) ?? full
    if (before?.end?.kind === 'completed' && !isWhole) {
      const completed = [...states.values()].filter(({ end }) => end?.kind === 'completed')
      full = greatest([FIRST, ...completed.map(versionOf)]) ?? FIRST
    }
  }
  return {
    states,
    live: () => live,
    recent: () => recent,
    full: () => full,
    find: (version) => states.get(byVersion.get(version) ?? ''),
    run: (id, body, now, actor = SYSTEM) => {
      const before = states.get(id) ?? null
      const decided = decide({ ...body, at: now, actor, reason: 'looked at it' }, before)
      if (!decided.ok || decided.events.length === 0) return
      let state = before
      for (const event of decided.events) state = evolve(id, state, event)
      if (state !== null) put(state, now)
    },
  }
}

/** The heart itself: its plans, commands and ticks for each of several live releases. */
function onLadder(
  { policy }: Extract<SeriesTreatment, { kind: 'ladder' }>,
  random: Random,
  sha256: Sha256,
): SimulatedPackage {
  const shelf = createShelf()
  const { states, run, find } = shelf
  const truths = new Map<string, PlannedRelease>()
  const answers: { readonly at: number; readonly id: string; readonly try: number }[] = []
  const bucket = bucketFinder(sha256)
  const tickOne = (id: string, now: number) => {
    const state = states.get(id)
    if (state === undefined || !isLive(state)) return
    const others = shelf.recent()
    const surroundings = { standing: standingOf(state, others), reached: reachedByOlder(state, others) }
    run(id, { type: 'tick', freeze: freezeOf(others, MAIN, policy, now), surroundings, files: [] }, now)
    for (const number of triesWanted(states.get(id), now)) {
      const dispatch = { arm: 'both', at: now, runId: number, url: null, failure: null } as const
      const signal = { kind: 'dispatched', canary: CANARY.id, try: number, dispatch } as const
      run(id, { type: 'recordSignal', signal }, now)
      answers.push({ at: now + RUN_MS, id, try: number })
    }
  }
  return {
    publish: ({ version, planned }, now) => {
      const releases = [MAIN, ...(planned.together ? [BESIDE] : [])].map((id) => `${id}@${version}`)
      const id = rolloutId(states.size)
      truths.set(id, planned)
      for (const body of startOf(id, releases, [...states.values()], { policy, random, now }))
        run(id, body, now)
    },
    takeBack: (version, now) => {
      const state = find(version)
      if (state !== undefined && (isLive(state) || state.end?.kind === 'completed'))
        run(state.id, { type: 'rollBack', installable: true, newerCompleted: null }, now, MAINTAINER)
    },
    tick: (now) => {
      for (const due of answers.filter((one) => one.at <= now))
        answer(shelf, due, truths.get(due.id)?.caught === true)
      answers.splice(0, answers.length, ...answers.filter((one) => one.at > now))
      for (const { id } of shelf.live()) tickOne(id, now)
    },
    shownTo: ({ key }) => {
      const seen = shelf.live().filter((state) => {
        const [member] = state.members
        return member !== undefined && seesCandidate(state, member.candidate, key, bucket(state.salt, key))
      })
      return greatest([shelf.full(), ...seen.map(versionOf)])
    },
    isForAll: (version) => {
      const state = find(version)
      return state !== undefined && basisPointsOf(state) === 10_000
    },
    isTakenBack: (version) => find(version)?.end?.kind === 'rolled-back',
  }
}

/** The canary's candidate fails where it meets the bug; its baseline never does. */
function answer(
  { states, run }: Shelf,
  { at, id, try: number }: { readonly at: number; readonly id: string; readonly try: number },
  isCaught: boolean,
): void {
  const state = states.get(id)
  if (state === undefined || !isLive(state)) return
  for (const arm of ['candidate', 'baseline'] as const) {
    const installed = state.members.map((member) =>
      arm === 'candidate' ? member.candidate : (member.baseline ?? ''),
    )
    const outcome = arm === 'candidate' && isCaught ? 'fail' : 'pass'
    const where = { commit: 'a'.repeat(40), runId: number, runAttempt: 1, url: null }
    const result = { outcome, installed, ...where, detail: '', observedAt: at } as const
    run(
      id,
      { type: 'recordResult', fact: { canary: CANARY.id, try: number, leg: 'default', arm, result } },
      at,
    )
  }
}

const CANARY: RosterEntry = {
  ...{
    id: '1',
    repo: 'dependents/canary',
    private: false,
    mode: 'dispatch',
    workflow: 'ci.yml',
    ref: 'main',
  },
  ...{ arms: 'together', admission: 'required', weight: 1, timeoutMs: 60 * MINUTE_MS },
}

/** The commands that begin a release as the engine would, with the salt of whatever else is live. */
function startOf(
  id: string,
  releases: readonly string[],
  world: readonly RolloutState[],
  { policy, random, now }: { readonly policy: Policy; readonly random: Random; readonly now: number },
): readonly CommandBody[] {
  const first = [{ version: FIRST, installable: true, withdrawn: false, released: true }]
  const planned = planStart({
    releases,
    policies: releases.map(() => policy),
    world,
    versions: {
      [MAIN]: [...first, ...versionsOf(world, MAIN)],
      [BESIDE]: [...first, ...versionsOf(world, BESIDE)],
    },
    restart: false,
    actor: SYSTEM,
    reason: 'new release',
    now,
    salt: `simulated-${Math.floor(random() * 2 ** 32)}`,
  })
  if (!planned.ok || planned.plan.kind !== 'start') return []
  const { members, salt, saltDrawnAt } = planned.plan
  const source = { kind: 'default', detail: 'simulated' } as const
  return [
    { type: 'reserve', id, releases, train: null, salt, policy: null, policySource: null, restartOf: null },
    {
      ...{ type: 'start', members, policy: planned.plan.policy, policySource: source, roster: [CANARY] },
      ...{ origin: null, salt, saltDrawnAt, files: [], freeze: null },
    },
  ]
}

function versionsOf(world: readonly RolloutState[], id: string) {
  return world.flatMap(({ members }) =>
    members
      .filter(({ candidate }) => candidate.startsWith(`${id}@`))
      .map(({ candidate }) => ({
        version: candidate.slice(id.length + 1),
        ...{ installable: true, withdrawn: false, released: false },
      })),
  )
}

function triesWanted(state: RolloutState | undefined, now: number): readonly number[] {
  // What canaries say is asked for at once, and answered before anybody sees it.
  if (state === undefined || !isLive(state) || state.stageIndex > 0) return []
  return effectsWanted(state, now, noHash).flatMap((effect) =>
    effect.kind === 'dispatch' ? [effect.try] : [],
  )
}

const versionOf = ({ members: [member] }: RolloutState) => member?.candidate.slice(MAIN.length + 1) ?? FIRST

function greatest(versions: readonly string[]): string | null {
  return versions.reduce<string | null>(
    (most, version) => (most === null || semverScheme.compare(version, most) > 0 ? version : most),
    null,
  )
}

function rolloutId(number: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const word = [...String(number).padStart(4, '0')].map((digit) => letters[Number(digit)]).join('')
  return `ro-series${word.padStart(10, 'a')}`
}

/** Without a repository to tell, no effect has a digest. */
function noHash(): string {
  throw new Error('a simulated rollout tells nobody')
}

/** The bucket of a user under a salt. */
function bucketFinder(sha256: Sha256): (salt: string, key: string) => number {
  const known = new Map<string, number>()
  return (salt, key) => {
    const id = `${salt}/${key}`
    const bucket = known.get(id) ?? bucketOf(sha256, salt, key)
    known.set(id, bucket)
    return bucket
  }
}
