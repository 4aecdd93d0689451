import { compare } from '../../../src/gates/canaries/comparison.ts'
import type { Outcome } from '../../../src/gates/evidence.ts'
import { dismissible } from '../../../src/gates/kinds/publication.ts'
import type { Policy } from '../../../src/gates/policy.ts'
import { canariesRuleOf } from '../../../src/rollout/deciding/evaluate.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import type { ResultFact } from '../../../src/rollout/history/event.ts'
import type { LiveRollout } from '../../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { packageIdOf, type ReleaseId } from '../../../src/versions/release.ts'
import {
  canariesRule,
  DAY,
  HOUR,
  MINUTE,
  maintainer,
  namedOperator,
  operator,
  policy,
  stage,
  stranger,
  writer,
} from '../builders.ts'
import type { Who, World } from '../world.ts'
import { aims, type Steering, standingInTheWay } from './aims.ts'

export const PACKAGES = ['npm:alpha', 'npm:beta', 'pypi:gamma'] as const

const gates = { canaries: canariesRule({ tries: 2, minCoverage: 60 }), blockers: { labels: ['regression'] } }
/** Friday 14:00 to 15:00: histories begin on a Friday at noon. */
const window = { notBetween: [{ from: 6600, to: 6660 }], timezone: 'UTC' }
const http = { url: 'https://gate.example/', timeoutMs: 1000 }
const groups = { testers: ['tester-1', 'tester-2'], late: ['late-1'] }

const LADDER: Policy = policy({
  stages: [
    stage({ name: 'canaries', bakeMs: 30 * MINUTE, groups: ['testers'], gates }),
    stage({ name: 'early', basisPoints: 500, bakeMs: HOUR, gates: { ...gates, window } }),
    stage({
      name: 'half',
      basisPoints: 5000,
      bakeMs: HOUR,
      groups: ['late'],
      gates: { checks: { required: ['ci'] }, advisories: { block: true } },
    }),
    stage({ name: 'all', basisPoints: 10_000, bakeMs: HOUR, gates }),
  ],
  urgent: {
    profile: 'rapid',
    stages: [0, 500, 5000, 10_000].map((basisPoints) => stage({ basisPoints, bakeMs: 10 * MINUTE, gates })),
  },
  groups,
  rollback: { automatic: true, freezeAfter: { count: 4, windowMs: DAY } },
  abandonAfterMs: 3 * DAY,
})

const APPROVED: Policy = policy({
  stages: [
    stage({ name: 'canaries', bakeMs: 30 * MINUTE, gates }),
    stage({
      name: 'tenth',
      basisPoints: 1000,
      bakeMs: HOUR,
      gates: { ...gates, approval: { by: 'maintain' }, advisories: { block: false }, http },
    }),
    stage({ name: 'all', basisPoints: 10_000, bakeMs: HOUR, gates }),
  ],
  rollback: { automatic: false, freezeAfter: null },
  abandonAfterMs: 3 * DAY,
})

/** alpha and beta share a policy, so that they can be a train; gamma asks people. */
export const policyOf = (id: string): Policy => (id.startsWith('pypi') ? APPROVED : LADDER)

export const ACTORS: readonly Actor[] = [
  maintainer,
  namedOperator,
  maintainer,
  writer,
  maintainer,
  operator,
  { kind: 'dependent', login: 'dora', canary: '101' },
  maintainer,
  stranger,
]

/** The next version of a package: mostly the next minor, sometimes a patch, a major, a backport, a pre-release. */
export function publish(world: World, a: number, b: number): void {
  const id = pick(PACKAGES, a) ?? PACKAGES[0]
  const release = `${id}@${nextVersion(world, id, b)}`
  const rollout = world.upload(release)
  if (rollout === null && world.streamOf(release) !== undefined) world.start([release])
  const state = rollout === null ? undefined : world.rollouts.get(rollout)
  if (state !== undefined && state.startedAt === null && (id.startsWith('npm') || b % 2 === 0))
    world.start([release])
}

function nextVersion(world: World, id: string, b: number): string {
  const versions = (world.versions[id] ?? [])
    .map(
      ({ version }) =>
        version
          .match(/^(\d+)\.(\d+)\.(\d+)$/)
          ?.slice(1)
          .map(Number) ?? [1, 0, 0],
    )
    .sort(
      (left, right) =>
        (left[0] ?? 0) - (right[0] ?? 0) ||
        (left[1] ?? 0) - (right[1] ?? 0) ||
        (left[2] ?? 0) - (right[2] ?? 0),
    )
  const [major = 1, minor = 0, patch = 0] = versions.at(-1) ?? []
  if (b % 10 === 0) return `${major + 1}.0.0`
  if (b % 10 === 1)
    return id.startsWith('pypi') ? `${major}.${minor + 1}.0rc1` : `${major}.${minor + 1}.0-rc.1`
  if (b % 10 === 2 && major > 1) return `${major - 1}.${minor + 50}.0`
  if (b % 10 === 3) return `${major}.${minor}.${patch + 2}`
  // A fix of what came before, after a newer one.
  if (b % 10 === 4 && patch > 0)
    return `${major}.${minor}.${patch - 1}${id.startsWith('pypi') ? '.post1' : ''}`
  return b % 4 === 0 ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}

/** alpha and beta in one rollout: reserved together, or beta joins. */
export function train(world: World, b: number): void {
  const releases = ['npm:alpha', 'npm:beta'].map((id) => `${id}@${nextVersion(world, id, 8)}`)
  const [first = '', second = ''] = releases
  const id = world.reserve(b % 2 === 0 ? releases : [first], 'duo')
  if (id === null) return
  if (b % 2 === 1) world.command(id, { type: 'join', candidate: second })
  for (const release of releases) world.upload(release)
  if (b % 5 !== 0) world.start(releases)
}

export function prepare(
  world: World,
  kind: 'start' | 'join' | 'restart' | 'reserve',
  a: number,
  who: Who,
): void {
  const waiting = pick(
    world.states.filter(({ startedAt, end }) => startedAt === null && end === null),
    a,
  )
  const fallen = pick(
    world.states.filter(({ end }) => end !== null && end.kind !== 'completed'),
    a,
  )
  if (kind === 'restart' && fallen !== undefined) world.start(candidates(fallen), who, a % 7 !== 0)
  // Nothing begins without files.
  const isThere = waiting !== undefined && candidates(waiting).every((release) => isUploaded(world, release))
  if (kind === 'start' && isThere) world.start(candidates(waiting), who)
  const open = waiting ?? pick(world.live, a)
  if (open === undefined) return
  const id = packageIdOf(candidates(open)[0] ?? '') === 'npm:beta' ? 'npm:alpha' : 'npm:beta'
  const candidate = `${id}@${nextVersion(world, id, 8)}`
  if (kind === 'join') world.command(open.id, { type: 'join', candidate }, who)
  // What was reserved apart leaves together with the other.
  const host = pick(world.live, a)
  if (kind === 'join' && host !== undefined && a % 5 === 0)
    world.command(open.id, { type: 'absorb', by: host.id })
  if (kind !== 'reserve') return
  const other = { ...LADDER, profile: 'rapid' } as const
  const given =
    a % 2 === 0 ? { policy: other, policySource: { kind: 'request', detail: 'test' } as const } : NOTHING
  const { id: rollout, train: name, salt } = open
  const again = { type: 'reserve', id: rollout, releases: candidates(open), train: name, salt } as const
  world.command(rollout, { ...again, ...given, restartOf: null }, who)
}

function isUploaded({ versions }: World, release: ReleaseId): boolean {
  const id = packageIdOf(release)
  return versions[id]?.some(({ version }) => release === `${id}@${version}`) === true
}

const NOTHING = { policy: null, policySource: null } as const

/** Both arms of what a canary wants next, sometimes of something it does not want. */
export function results(world: World, state: LiveRollout, b: number): void {
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return
  const all = Object.values(state.canaries)
  const asked = all.filter((one) => compare(one, state.members, rule, world.now).wantsTry !== null)
  const canary = pick(b % 7 === 0 || asked.length === 0 ? all : asked, b)
  if (canary === undefined) return
  const { wantsTry } = compare(canary, state.members, rule, world.now)
  const number = b % 29 === 0 ? 99 : (wantsTry ?? canary.firstTry)
  const [candidate, baseline] = outcomes(state.id + canary.entry.id, b)
  for (const fact of factsOf(world, state, canary.entry.id, number, candidate, baseline)) {
    if (b % 31 !== 0 || fact.arm === 'candidate') world.command(state.id, { type: 'recordResult', fact })
  }
}

/** Every canary has its own character in a rollout: most are fine, some regress, some break. */
function outcomes(character: string, b: number): readonly [Outcome, Outcome] {
  const mood = [...character].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1000, 7) % 12
  if (mood === 0) return ['fail', 'pass']
  if (mood === 1) return b % 2 === 0 ? ['fail', 'pass'] : ['pass', 'pass']
  if (mood === 2) return b % 2 === 0 ? ['infra', 'pass'] : ['pass', 'cancelled']
  if (mood === 3) return ['fail', 'fail']
  return ['pass', 'pass']
}

export function factsOf(
  world: World,
  state: RolloutState,
  canary: string,
  number: number,
  candidate: Outcome,
  baseline: Outcome,
): readonly ResultFact[] {
  const place = { canary, try: number, leg: 'default' }
  const shared = {
    commit: 'c0ffee',
    runId: number,
    runAttempt: 1,
    url: null,
    detail: '',
    observedAt: world.now,
  }
  const old = state.members.flatMap((member) => (member.baseline === null ? [] : [member.baseline]))
  return [
    { ...place, arm: 'candidate', result: { ...shared, outcome: candidate, installed: candidates(state) } },
    { ...place, arm: 'baseline', result: { ...shared, outcome: baseline, installed: old } },
  ]
}

export function steer(world: World, type: Steering, a: number, b: number, who: Who): void {
  const aim = b % 11 === 0 ? pick(world.states, a) : pick(aims(world, type), a)
  if (aim === undefined) return
  const canary =
    (type === 'waive' ? standingInTheWay(world, aim) : null) ??
    pick(['101', '102', '103', 'acme/app'], b) ??
    '101'
  switch (type) {
    case 'waive':
    case 'retryCanary':
      world.command(aim.id, { type, canary }, who)
      return
    case 'advance': {
      const to = pick([null, 1000, 10_000, null, 500, 10_000], b) ?? null
      const surroundings = world.around(aim)
      world.command(aim.id, { type, to, surroundings, files: world.filesOf(aim.id) }, who)
      return
    }
    case 'catchUp':
      world.command(aim.id, { type, surroundings: world.around(aim) }, who)
      return
    case 'dismiss': {
      const [found] = dismissible({ ...aim, releases: aim.members })
      const codes = ['name-removed', 'entry-missing', 'provenance-lost', 'deprecated']
      const code = found?.code ?? pick(codes, a + b) ?? ''
      world.command(aim.id, { type, code, what: b % 3 === 0 ? 'a' : null }, who)
      return
    }
    case 'lower': {
      const below = aim.policy?.stages.slice(0, aim.stageIndex).map(({ basisPoints }) => basisPoints) ?? []
      world.command(aim.id, { type, to: pick(b % 5 === 0 ? [0, 500, 777] : below, b) ?? 0 }, who)
      return
    }
    case 'hold':
      world.command(aim.id, { type, durationMs: ((b % 80) + 1) * HOUR }, who)
      return
    case 'seal':
      world.command(aim.id, { type, files: world.filesOf(aim.id) })
      return
    case 'rollBack':
      world.command(aim.id, { type, installable: true, newerCompleted: null }, who)
      return
    default:
      world.command(aim.id, { type }, who)
  }
}

export function candidates(state: RolloutState): readonly string[] {
  return state.members.map(({ candidate }) => candidate)
}

export function pick<T>(items: readonly T[], number: number): T | undefined {
  return items.length === 0 ? undefined : items[number % items.length]
}
