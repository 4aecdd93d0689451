import type { RolloutId } from '../../rollout/history/event.ts'
import { basisPointsFor, groupKeysOf, isBoarding, isLive } from '../../rollout/history/phase.ts'
import type { End, RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageId } from '../../versions/release.ts'
import { packageIdOf } from '../../versions/release.ts'
import { sealedName } from './sealed-name.ts'

/** What one rollout says about one version of one package: all that a view needs to know of it. */
export interface Exposure {
  readonly version: string
  readonly rollout: RolloutId
  readonly salt: string
  /** Share of the cohort space that sees the version, 0..10000. */
  readonly basisPoints: number
  /** Cohort keys that see it whatever their bucket. */
  readonly groupKeys: ReadonlySet<string>
  /** Begun, ended or not. */
  readonly begun: boolean
  /** Begun and not ended. */
  readonly live: boolean
  /** Live, and a gate says hold; or its history cannot be read. */
  readonly held: boolean
  /** A full release: completed, or begun without a baseline that could be shown instead. */
  readonly full: boolean
  readonly end: End | null
  /** Of a full release: since when, integer ms. */
  readonly fullSince: number | null
  /** When it ended, integer ms; 0 while it has not. */
  readonly endedAt: number
  /** What took its place. */
  readonly supersededBy: RolloutId | null
  /** Who or what took it back; says nothing where nobody did. */
  readonly takenBackBy: 'person' | 'regression' | 'withdrawn'
  /** It was a full release once, also when it was taken back since. */
  readonly wasFull: boolean
  readonly blocked: boolean
  /** Why it is blocked, as whoever blocked it said; empty where nobody said anything. */
  readonly blockedBecause: string
  readonly baseline: string | null
  /** The channels that show it where it is a pre-release; absent for releases of no stream. */
  readonly channels?: readonly string[]
  /** The files of the version that the rollout is about (`sealedName`); null or absent until they are sealed. */
  readonly sealed?: readonly string[] | null
  /** Time of the last change that people can see, integer ms. */
  readonly changedAt: number
}

/**
 * The exposures of one package's versions. `rollouts` are those with a member of the package, newest first,
 * as `Engine.rolloutsOf` gives them; the order stays, so the first exposure of a version is the one in force.
 */
export function exposuresOf(id: PackageId, rollouts: readonly RolloutState[]): readonly Exposure[] {
  return rollouts.flatMap((state) =>
    state.members
      .filter((member) => packageIdOf(member.candidate) === id)
      .map((member) => exposureOf(state, member.candidate, member.baseline)),
  )
}

function exposureOf(state: RolloutState, candidate: string, baseline: string | null): Exposure {
  const live = isLive(state)
  const basisPoints = basisPointsFor(state, candidate)
  // Nobody knows that it is over, and what lock files keep must stay true.
  const end = state.unread === null ? state.end : null
  return {
    version: versionOf(candidate),
    rollout: state.id,
    salt: state.salt,
    basisPoints,
    groupKeys: isBoarding(state, candidate) ? new Set() : groupKeysOf(state),
    begun: state.startedAt !== null,
    live,
    held: state.unread !== null || (live && state.heldSince !== null),
    full: basisPoints === 10_000 && (!live || baseline === null),
    fullSince: state.transitions.find(({ type }) => type === 'completed')?.at ?? state.startedAt,
    end: end?.kind ?? null,
    endedAt: end?.at ?? 0,
    supersededBy: end?.supersededBy ?? null,
    takenBackBy: takenBackBy(state, candidate),
    wasFull: state.transitions.some(({ type }) => type === 'completed'),
    blocked: state.blocked.includes(candidate),
    blockedBecause: state.transitions.findLast(({ type }) => type === 'blocked')?.reason ?? '',
    baseline: baseline === null ? null : versionOf(baseline),
    ...(state.policy?.stream && { channels: state.policy.stream.channels }),
    sealed: sealedOf(state, candidate),
    changedAt: state.transitions.at(-1)?.at ?? state.reservedAt,
  }
}

/** By itself: because its publisher or its index withdrew it, else because a dependent broke. */
function takenBackBy({ end, publications }: RolloutState, candidate: string): Exposure['takenBackBy'] {
  if (end?.automatic !== true) return 'person'
  const standing = ownEntry(publications, candidate)?.standing ?? 'offered'
  return withdrawn.has(standing) ? 'withdrawn' : 'regression'
}

const withdrawn: ReadonlySet<string> = new Set(['doubted', 'yanked', 'gone', 'quarantined'])

function sealedOf({ sealedFiles }: RolloutState, candidate: string): readonly string[] | null {
  if (sealedFiles === null) return null
  return sealedFiles
    .filter(({ release }) => release === candidate)
    .map(({ name, sha256 }) => sealedName(name, sha256))
}

const versionOf = (release: string) => release.slice(release.lastIndexOf('@') + 1)
