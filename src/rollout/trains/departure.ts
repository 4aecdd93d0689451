import type { Policy } from '../../gates/policy.ts'
import {
  isPrerelease,
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type ReleaseId,
} from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { RolloutId } from '../history/event.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { packagesIn } from '../starting/line-history.ts'

/** A train as its owner's file has it at the moment. */
export interface Train {
  readonly name: string
  /** All of its packages that are the owner's. */
  readonly packages: readonly PackageId[]
  /** The policy of its packages, which is one but for their tags. */
  readonly policy: Policy
}

/** What leaves together, and in which rollout. */
export interface Departure {
  /** The reserved rollout that begins; null: none of these releases has one. */
  readonly rollout: RolloutId | null
  /** With a file, of this and of the other reserved rollouts of the train. */
  readonly releases: readonly ReleaseId[]
  /** Reserved, and no file of it is here: they come later. */
  readonly leftOut: readonly ReleaseId[]
  /** What the train's live rollout has of the other packages: the new one takes its place. */
  readonly carried: readonly ReleaseId[]
  /** Reserved rollouts of the same train that become part of this one. */
  readonly absorbs: readonly RolloutId[]
}

/** Reserved rollouts of a train that one of its packages may still join, newest first. */
export function gatheringsOf(train: Train, world: readonly RolloutState[]): readonly RolloutState[] {
  return world.filter((state) => isGathering(state, train)).sort((a, b) => b.reservedAt - a.reservedAt)
}

/** A policy that came with a request is no train's: such a rollout goes by itself. */
function isGathering(state: RolloutState, { packages }: Train): boolean {
  if (state.startedAt !== null || state.end !== null || state.unread !== null) return false
  if (state.policy !== null || state.restartOf !== null || candidatesOf(state).some(isPrerelease))
    return false
  return packagesOf(state).every((id) => packages.includes(id))
}

/**
 * What leaves with these releases: all reserved ones of their train that have a file, and the current candidates of the
 * packages that nothing new is here for. A train that was reserved in several rollouts, because nobody could say then
 * that it is one, becomes one here. `world`: all rollouts of the train's packages.
 */
export function departureOf(
  asked: readonly ReleaseId[],
  train: Train,
  world: readonly RolloutState[],
  hasFile: (release: ReleaseId) => boolean,
): Departure {
  const { own, others } = groupOf(asked, gatheringsOf(train, world).toReversed())
  const isHere = (state: RolloutState) => candidatesOf(state).every(hasFile)
  // One of which nothing is here waits for its files by itself.
  const group = [...own, ...others.filter(isHere)].sort((a, b) => a.reservedAt - b.reservedAt)
  const leading = group.find((state) => candidatesOf(state).some(hasFile)) ?? group[0] ?? null
  const known = [...new Set([...asked, ...group.flatMap(candidatesOf)])]
  const releases = known.filter(hasFile)
  return {
    rollout: leading?.id ?? null,
    releases,
    leftOut: known.filter((release) => !hasFile(release)),
    carried: carriedBy(releases, train, world),
    absorbs: group.flatMap(({ id }) => (id === leading?.id ? [] : [id])),
  }
}

/** The reserved rollouts of these releases, and from the oldest on those with packages that all before lack. */
function groupOf(asked: readonly ReleaseId[], gatherings: readonly RolloutState[]) {
  const own = gatherings.filter((state) => candidatesOf(state).some((release) => asked.includes(release)))
  const taken = new Set([...packagesIn(asked), ...own.flatMap(packagesOf)])
  const others: RolloutState[] = []
  for (const state of gatherings) {
    if (own.includes(state) || packagesOf(state).some((id) => taken.has(id))) continue
    for (const id of packagesOf(state)) taken.add(id)
    others.push(state)
  }
  return { own, others }
}

/**
 * The candidates of the live rollout of the train whose place these releases take: it has none of their packages, or
 * older releases of them. Of several the one of the same line, else the newest. Nothing where there is none.
 */
export function carriedBy(
  releases: readonly ReleaseId[],
  train: Train,
  world: readonly RolloutState[],
): readonly ReleaseId[] {
  const rivals = world
    .filter((state): state is LiveRollout => isLive(state) && isSucceededBy(state, releases, train))
    .sort((a, b) => likeness(b, releases) - likeness(a, releases) || b.reservedAt - a.reservedAt)
  const own = packagesIn(releases)
  return (rivals[0]?.members ?? []).flatMap(({ candidate, baseline }) =>
    baseline === null || own.includes(packageIdOf(candidate)) ? [] : [candidate],
  )
}

function isSucceededBy(state: LiveRollout, releases: readonly ReleaseId[], train: Train): boolean {
  if (state.policy.stream?.kind === 'prerelease') return false
  if (!packagesOf(state).every((id) => train.packages.includes(id))) return false
  return releases.every((release) =>
    candidatesOf(state).every(
      (candidate) => packageIdOf(candidate) !== packageIdOf(release) || order(candidate, release) < 0,
    ),
  )
}

/** How many of a rollout's releases have the line of one of these: packages of a train are mostly numbered alike. */
function likeness(state: RolloutState, releases: readonly ReleaseId[]): number {
  const lines = new Set(releases.map(lineOf))
  return candidatesOf(state).filter((candidate) => lines.has(lineOf(candidate))).length
}

function lineOf(id: ReleaseId): string {
  const parsed = parseReleaseId(id)
  return parsed.ok ? schemeOf(parsed.value.ecosystem).lineOf(parsed.value.version, 'minor') : id
}

function order(left: ReleaseId, right: ReleaseId): number {
  const [one, other] = [parseReleaseId(left), parseReleaseId(right)]
  // What cannot be read is succeeded by nothing.
  if (!one.ok || !other.ok) return 0
  return schemeOf(one.value.ecosystem).compare(one.value.version, other.value.version)
}

const candidatesOf = (state: Pick<RolloutState, 'members'>) => state.members.map(({ candidate }) => candidate)

const packagesOf = (state: Pick<RolloutState, 'members'>) => packagesIn(candidatesOf(state))
