import { formatTime } from '../../gates/format-time.ts'
import { permits } from '../../gates/permission.ts'
import type { Policy } from '../../gates/policy.ts'
import { packageIdOf, parseReleaseId, type Release, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { describe, permissionOf, personOf } from '../deciding/authority.ts'
import { completesWhenSuperseded } from '../deciding/decide-lifecycle.ts'
import { freezeOf } from '../deciding/freeze.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { Actor } from '../history/actor.ts'
import { sameJson } from '../history/canonical-json.ts'
import type { Member, RolloutId } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersions } from './known-versions.ts'
import { baselineOf, neighboursOf, newerInLine, newestRolloutOf } from './line-history.ts'
import { refusesStream } from './stream-of.ts'
import { fixedBy, type KnownAdvisories, onUrgentLadder } from './urgent-ladder.ts'

/** Everything that a start depends on beyond its own rollout. */
export interface StartPlanRequest {
  readonly releases: readonly ReleaseId[]
  /** The resolved policy of every release, in the same order. */
  readonly policies: readonly Policy[]
  /** All rollouts that have a release of one of the packages. */
  readonly world: readonly RolloutState[]
  readonly versions: KnownVersions
  readonly restart: boolean
  readonly actor: Actor
  readonly reason: string
  readonly now: number
  /** What is known against versions of these packages; absent: nothing. */
  readonly advisories?: KnownAdvisories
  /** A freshly drawn salt; replaced when that of a superseded rollout is copied. */
  readonly salt: string
}

export type StartPlan =
  /** It runs or has completed already: nothing to do. */
  | { readonly kind: 'running'; readonly rollout: RolloutId }
  | {
      readonly kind: 'start'
      /** The reserved rollout to start; null: reserve one first. */
      readonly rollout: RolloutId | null
      /** Releases that must join that reserved rollout first. */
      readonly join: readonly ReleaseId[]
      readonly members: readonly Member[]
      /** On its urgent ladder where `urgent` names a reason. */
      readonly policy: Policy
      /** The advisories that the candidates fix, where the policy has a ladder for that; else empty. */
      readonly urgent: readonly string[]
      readonly salt: string
      /** Rollouts to `supersede` in the same transaction; each decides whether that completes it. */
      readonly supersede: readonly RolloutId[]
      readonly restartOf: RolloutId | null
    }

export type StartPlanning =
  | { readonly ok: true; readonly plan: StartPlan }
  | { readonly ok: false; readonly refusal: Refusal }

/** What starting these releases together means for them and for the other rollouts. */
export function planStart(request: StartPlanRequest): StartPlanning {
  const policy = request.policies[0]
  const parsed = parseReleases(request.releases, policy)
  if (!Array.isArray(parsed)) return no(parsed)
  if (policy === undefined || request.policies.some((other) => !sameJson(other, policy))) {
    const expected = 'one policy for all packages of a train'
    return no(refuse('invalid', 'The policies differ.', 'policies', request.releases, expected))
  }
  const existing = existingRollout(request)
  if ('refusal' in existing) return no(existing.refusal)
  const { current, restartOf } = existing
  if (current !== null && (current.startedAt !== null || current.end !== null)) {
    return { ok: true, plan: { kind: 'running', rollout: current.id } }
  }
  const refusal = refusesStart(parsed, policy, request)
  if (refusal !== null) return no(refusal)
  const { world, versions, now } = request
  const { stream } = policy
  const replaced = olderInLine(parsed, policy, request).filter((state) => state.id !== current?.id)
  const members = parsed.map((release, index) => ({
    candidate: request.releases[index] ?? '',
    // Without a ladder there is nothing to compare it with: it is for all who ask for it.
    baseline: stream?.direct === true ? null : baselineOf(release, world, versions, now, stream),
  }))
  const known = current?.members.map(({ candidate }) => candidate)
  const urgent = policy.urgent === undefined ? [] : fixedBy(members, request.advisories ?? {})
  return {
    ok: true,
    plan: {
      kind: 'start',
      rollout: current?.id ?? null,
      join: known === undefined ? [] : request.releases.filter((id) => !known.includes(id)),
      members,
      policy: urgent.length === 0 ? policy : onUrgentLadder(policy),
      urgent,
      salt: saltFor(request, replaced, restartOf),
      supersede: replaced.map(({ id }) => id),
      restartOf,
    },
  }
}

function parseReleases(ids: readonly ReleaseId[], policy: Policy | undefined): Release[] | Refusal {
  const releases: Release[] = []
  for (const id of ids) {
    const parsed = parseReleaseId(id)
    if (!parsed.ok) return refuse('invalid', 'It is no release.', 'release', id, parsed.problem.expected)
    const isPrerelease = schemeOf(parsed.value.ecosystem).isPrerelease(parsed.value.version)
    if (isPrerelease && policy?.stream?.kind !== 'prerelease') {
      const expected =
        'a final version, or a pre-release that a stream of its owner has; others are visible at once to those who ask for them'
      return refuse('invalid', 'Pre-releases are not staged.', 'release', id, expected)
    }
    releases.push(parsed.value)
  }
  const packages = new Set(releases.map((release) => packageIdOf(release)))
  if (packages.size === releases.length && releases.length > 0) return releases
  const expected = 'one or more releases, each of another package'
  return refuse('invalid', 'The releases do not make a rollout.', 'releases', ids, expected)
}

type Existing =
  | { readonly current: RolloutState | null; readonly restartOf: RolloutId | null }
  | { readonly refusal: Refusal }

/** The rollout that these releases have already, if it is still theirs, and what a restart follows. */
function existingRollout(request: StartPlanRequest): Existing {
  const { releases, world, restart } = request
  const found = releases.map((id) => newestRolloutOf(world, id))
  const open = found.filter(
    (state) => state !== null && (state.end === null || state.end.kind === 'completed'),
  )
  const fallen = found.filter((state) => state?.end != null && state.end.kind !== 'completed')
  // A blocked one speaks for them all.
  const ended = fallen.find((state) => state !== null && state.blocked.length > 0) ?? fallen[0] ?? null
  const current = open[0] ?? null
  if (open.some((state) => state?.id !== current?.id)) return { refusal: apart(releases) }
  if (current !== null && ended !== null) {
    const expected =
      'releases of which none was rolled back, superseded or abandoned; such a one needs a restart'
    const again = ended.members.map(({ candidate }) => candidate).filter((id) => releases.includes(id))
    return { refusal: refuse('conflict', `It was ${ended.end?.kind} before.`, 'releases', again, expected) }
  }
  if (current !== null) return joinable(request, current)
  if (ended === null && restart) {
    const expected = 'a release that was rolled back, superseded or abandoned'
    return { refusal: refuse('conflict', 'There is nothing to restart.', 'restart', releases, expected) }
  }
  if (ended === null) return { current: null, restartOf: null }
  const refusal = refusesRestart(request, ended)
  return refusal === null ? { current: null, restartOf: ended.id } : { refusal }
}

function joinable({ releases, restart }: StartPlanRequest, current: RolloutState): Existing {
  const known = current.members.map(({ candidate }) => candidate)
  if (restart) {
    const expected = 'a release that was rolled back, superseded or abandoned'
    return { refusal: refuse('conflict', `It has not ended badly.`, 'restart', releases, expected) }
  }
  const strangers = releases.filter((id) => !known.includes(id))
  if (current.startedAt !== null && strangers.length > 0) {
    const why = 'The train has left; the release waits for the next rollout.'
    return { refusal: refuse('conflict', why, 'releases', strangers, known.join(', ')) }
  }
  const missing = known.filter((id) => !releases.includes(id))
  if (current.startedAt === null && missing.length > 0) {
    const why = 'They were reserved together and start together.'
    return { refusal: refuse('conflict', why, 'releases', releases, known.join(', ')) }
  }
  return { current, restartOf: null }
}

function apart(releases: readonly ReleaseId[]): Refusal {
  const expected = 'releases that are in no rollout yet or in the same one'
  return refuse('conflict', 'They are in different rollouts.', 'releases', releases, expected)
}

function refusesRestart(request: StartPlanRequest, ended: RolloutState): Refusal | null {
  const { actor, reason, releases, restart } = request
  const kind = ended.end?.kind ?? 'ended'
  if (!restart) {
    const expected = 'a restart with maintain permission and a reason'
    return refuse('needs-approval', `It was ${kind} before.`, 'restart', restart, expected)
  }
  if (ended.members.some(({ candidate }) => ended.blocked.includes(candidate))) {
    return refuse('permanent', 'It is blocked.', 'release', releases, 'a release that is not blocked')
  }
  if (!permits(permissionOf(actor), 'maintain')) {
    const expected =
      'maintain permission in the repository that owns the package, or a token with operate scope'
    return refuse('needs-approval', 'A restart is not yours to do.', 'actor', describe(actor), expected)
  }
  return reason.trim() === ''
    ? refuse('invalid', 'A restart needs a reason.', 'reason', reason, 'why, in a few words')
    : null
}

function refusesStart(
  releases: readonly Release[],
  policy: Policy,
  request: StartPlanRequest,
): Refusal | null {
  const { world, versions, now } = request
  for (const release of releases) {
    const newer = newerInLine(release, world, versions, policy.stream)
    if (newer !== null) {
      const why = `${release.version} is older than ${newer}, the newest of its line.`
      return refuse('conflict', why, 'release', release.version, `a version above ${newer}`)
    }
    const id = packageIdOf(release)
    const freeze = freezeOf(world, id, policy, now)
    if (freeze !== null && !overrules(request)) {
      const why = `${id} is frozen after ${freeze.rollbacks} automatic rollbacks.`
      const expected = `a start after ${formatTime(freeze.until)}, or one with maintain permission and a reason`
      return refuse('temporary', why, 'start', release.version, expected)
    }
    const early = refusesStream({ release, policy, world, versions, now })
    if (early !== null && (early.reason !== 'temporary' || !overrules(request))) return early
  }
  return null
}

/** A freeze or a stream's waiting time protects from releases that nobody looked at; somebody who answers for this one may start it. */
function overrules({ actor, reason }: StartPlanRequest): boolean {
  return permits(permissionOf(actor), 'maintain') && personOf(actor) !== null && reason.trim() !== ''
}

/** Rollouts of older releases of the same lines that have not ended: they make room. */
function olderInLine(
  releases: readonly Release[],
  { stream }: Policy,
  request: StartPlanRequest,
): readonly RolloutState[] {
  const found = new Map<RolloutId, RolloutState>()
  for (const release of releases) {
    const { compare } = schemeOf(release.ecosystem)
    for (const { version, state } of neighboursOf(release, request.world, request.versions, stream)) {
      if (state !== null && state.end === null && compare(version, release.version) < 0)
        found.set(state.id, state)
    }
  }
  return [...found.values()]
}

/** Those who met the replaced release go first again; a restart draws anew, so that others do. */
function saltFor(
  request: StartPlanRequest,
  replaced: readonly RolloutState[],
  restartOf: RolloutId | null,
): string {
  const taken = replaced.filter(
    (state) => state.startedAt !== null && !completesWhenSuperseded(state, request.now),
  )
  const [only, ...more] = taken
  return only === undefined || more.length > 0 || restartOf !== null ? request.salt : only.salt
}

function no(refusal: Refusal): StartPlanning {
  return { ok: false, refusal }
}
