import { formatTime } from '../../gates/format-time.ts'
import { permits } from '../../gates/permission.ts'
import type { Policy, ProfileLadder, StreamRule } from '../../gates/policy.ts'
import {
  formatReleaseId,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type Release,
  type ReleaseId,
} from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { answersForIt, describe, permissionOf } from '../deciding/authority.ts'
import { freezeOf } from '../deciding/freeze.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'
import type { Actor } from '../history/actor.ts'
import type { Member, RolloutId } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import { saltFor } from '../siblings/salt.ts'
import type { Departure } from '../trains/departure.ts'
import { trainPolicy } from '../trains/train-policy.ts'
import type { KnownVersions } from './known-versions.ts'
import { baselineOf, isOffered, packagesIn, rolloutOf } from './line-history.ts'
import { refusesUnread } from './refuses-unread.ts'
import { ladderFor } from './start-ladder.ts'
import { refusesStream } from './stream-of.ts'
import { fixedBy, type KnownAdvisories } from './urgent-ladder.ts'

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
  /** A freshly drawn salt, for when none is shared. */
  readonly salt: string
  /** Rollouts of the other packages of the same owner; absent: none. */
  readonly relatives?: readonly RolloutState[]
  /** Those packages are one family with these: they draw the same users first. */
  readonly isFamily?: boolean
  /** Live rollouts of what they cannot do without; absent: none. */
  readonly floors?: readonly RolloutState[]
  /** A restart of a false alarm: the same users go first again. */
  readonly sameUsers?: boolean
  /** The ladder where nothing of a package is offered any more and the policy has no urgent one; absent: its own. */
  readonly unofferedLadder?: ProfileLadder
  /** Of a train: which reserved rollout begins, what becomes part of it, and what it takes over; absent: no train. */
  readonly departure?: Departure
  /** Packages of which a stored history cannot be read; absent: none. */
  readonly unread?: readonly PackageId[]
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
      /** Releases that were reserved with it and do not leave with it. */
      readonly leftOut: readonly ReleaseId[]
      readonly members: readonly Member[]
      /** On its urgent ladder where `urgent` names a reason. */
      readonly policy: Policy
      /** The advisories that the candidates fix, where the policy has a ladder for that; else empty. */
      readonly urgent: readonly string[]
      /** On it because nothing else of a package is offered any more. */
      readonly unoffered: boolean
      readonly salt: string
      readonly saltDrawnAt: number
      readonly restartOf: RolloutId | null
    }

export type StartPlanning =
  | { readonly ok: true; readonly plan: StartPlan }
  | { readonly ok: false; readonly refusal: Refusal }

/** What starting these releases together means for them and for the other rollouts. */
export function planStart(request: StartPlanRequest): StartPlanning {
  const policy = trainPolicy(request.policies)
  const parsed = parseReleases(request, request.policies[0])
  if (!Array.isArray(parsed)) return no(parsed)
  if (policy === null) {
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
  const { world, versions, now, salt: fresh } = request
  const { stream } = policy
  const asMember = (release: Release): Member => ({
    candidate: formatReleaseId(release),
    // Without a ladder there is nothing to compare it with: it is for all who ask for it.
    baseline: hasLadder(release, stream) ? baselineOf(release, world, versions, stream) : null,
  })
  const own = parsed.map(asMember)
  const carried = (request.departure?.carried ?? []).map((id) => parseReleaseId(id))
  // First releases are for all at once, so the others of their train have nothing to begin anew for.
  const isStaged = own.some(({ baseline }) => baseline !== null)
  const members = isStaged
    ? [...own, ...carried.flatMap((read) => (read.ok ? [asMember(read.value)] : []))]
    : own
  const unread = refusesUnread(members, request)
  if (unread !== null) return no(unread)
  const known = current?.members.map(({ candidate }) => candidate)
  const candidates = members.map(({ candidate }) => candidate)
  const ended = world.find(({ id }) => id === restartOf) ?? null
  const { relatives = [], floors = [], sameUsers = false, isFamily = false } = request
  const others = world.filter((state) => state.id !== current?.id)
  const urgent = policy.urgent === undefined ? [] : fixedBy(members, request.advisories ?? {})
  const unoffered = parsed.some(
    (release, index) => members[index]?.baseline != null && !isOffered(release, world, versions, stream),
  )
  return {
    ok: true,
    plan: {
      kind: 'start',
      rollout: current?.id ?? null,
      join: known === undefined ? [] : candidates.filter((id) => !known.includes(id)),
      leftOut: known?.filter((id) => !candidates.includes(id)) ?? [],
      members,
      policy: ladderFor(policy, members, urgent, unoffered ? (request.unofferedLadder ?? null) : undefined),
      urgent,
      unoffered,
      ...saltFor({ own: others, relatives, floors, isFamily, restartOf: ended, sameUsers, fresh, now }),
      restartOf,
    },
  }
}

function parseReleases(
  { releases: ids, world }: StartPlanRequest,
  policy: Policy | undefined,
): Release[] | Refusal {
  const releases: Release[] = []
  for (const id of ids) {
    const parsed = parseReleaseId(id)
    if (!parsed.ok) return refuse('invalid', 'It is no release.', 'release', id, parsed.problem.expected)
    const isPrerelease = schemeOf(parsed.value.ecosystem).isPrerelease(parsed.value.version)
    // One that is hidden because nobody could say what it is, is shown when it turns out to be of no stream.
    const isHidden = rolloutOf(world, id)?.startedAt === null
    if (isPrerelease && policy?.stream?.kind !== 'prerelease' && !isHidden) {
      const expected =
        'a final version, or a pre-release that a stream of its owner has; others are visible at once to those who ask for them'
      return refuse('invalid', 'Pre-releases are not staged.', 'release', id, expected)
    }
    releases.push(parsed.value)
  }
  // Builds of one public version (`2.1+cpu`, `2.1+cu118`) go together; otherwise each package has one release.
  const versions = releases.map((release) => `${packageIdOf(release)}@${publicVersion(release)}`)
  const isOneEach = new Set(versions).size === packagesIn(ids).length && new Set(ids).size === ids.length
  if (isOneEach && releases.length > 0) return releases
  const expected = 'one or more releases, each of another package'
  return refuse('invalid', 'The releases do not make a rollout.', 'releases', ids, expected)
}

function publicVersion({ ecosystem, version }: Release): string {
  return schemeOf(ecosystem).publicOf(version)
}

type Existing =
  | { readonly current: RolloutState | null; readonly restartOf: RolloutId | null }
  | { readonly refusal: Refusal }

/** The rollout that these releases have already, if it is still theirs, and what a restart follows. */
function existingRollout(request: StartPlanRequest): Existing {
  const { releases, world, restart, departure } = request
  if (departure?.rollout != null && !restart) {
    return { current: world.find(({ id }) => id === departure.rollout) ?? null, restartOf: null }
  }
  const found = releases.map((id) => rolloutOf(world, id))
  const open = found.filter(
    (state) => state !== null && (state.end === null || state.end.kind === 'completed'),
  )
  const fallen = found.filter((state) => state?.end != null && state.end.kind !== 'completed')
  // A blocked one speaks for them all.
  const ended = fallen.find((state) => state !== null && state.blocked.length > 0) ?? fallen[0] ?? null
  const current = open[0] ?? null
  if (open.some((state) => state?.id !== current?.id)) return { refusal: apart(releases) }
  // What it carried of its train may be live in another rollout.
  const whole = ended?.members.map(({ candidate }) => candidate) ?? []
  const isAgain = restart && current?.startedAt !== null && releases.every((id) => whole.includes(id))
  if (current !== null && ended !== null && !isAgain) {
    const expected =
      'releases of which none was rolled back, superseded or abandoned; such a one needs a restart'
    const again = ended.members.map(({ candidate }) => candidate).filter((id) => releases.includes(id))
    return { refusal: refuse('conflict', `It was ${ended.end?.kind} before.`, 'releases', again, expected) }
  }
  if (current !== null && ended === null) return joinable(request, current)
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
    const why = 'The others have begun without it; it gets a rollout of its own.'
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
  if (!restart) {
    const expected = 'a restart with maintain permission and a reason'
    const why =
      ended.unread === null
        ? `It was ${ended.end?.kind ?? 'ended'} before.`
        : `The history of its rollout cannot be read (${ended.unread}), so it is held.`
    return refuse('needs-approval', why, 'restart', restart, expected)
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
    const id = packageIdOf(release)
    const freeze = freezeOf(world, id, policy, now)
    if (freeze !== null && !answersForIt(request)) {
      const why = `${id} is frozen after ${freeze.rollbacks} automatic rollbacks.`
      const expected = `a start after ${formatTime(freeze.until)}, or one with maintain permission and a reason`
      return refuse('temporary', why, 'start', release.version, expected)
    }
    const early = refusesStream({ release, policy, world, versions, now })
    if (early !== null && (early.reason !== 'temporary' || !answersForIt(request))) return early
    const known = versions[id]?.find(({ version }) => version === release.version)
    if (known?.withdrawn && release.ecosystem === 'pypi') {
      const why = `Its publisher withdrew ${id}@${release.version}.`
      return refuse('blocked', why, 'release', release.version, 'a release that is not yanked')
    }
  }
  return null
}

function hasLadder({ ecosystem, version }: Release, stream: StreamRule | undefined): boolean {
  return !schemeOf(ecosystem).isPrerelease(version) || stream?.direct === false
}

function no(refusal: Refusal): StartPlanning {
  return { ok: false, refusal }
}
