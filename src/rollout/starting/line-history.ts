import type { StreamRule } from '../../gates/policy.ts'
import {
  type PackageId,
  packageIdOf,
  parseReleaseId,
  type Release,
  type ReleaseId,
} from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersion, KnownVersions } from './known-versions.ts'

/**
 * The rollout that speaks for a release among all that carry it: the newest live one, else the one that completed, else
 * the newest. One that was called off speaks too: what a person ended is begun again by a restart only.
 */
export function rolloutOf(world: readonly RolloutState[], id: ReleaseId): RolloutState | null {
  let found: RolloutState | null = null
  for (const state of world) {
    if (!state.members.some(({ candidate }) => candidate === id)) continue
    if (found === null || speaksBefore(state, found)) found = state
  }
  return found
}

function speaksBefore(state: RolloutState, other: RolloutState): boolean {
  const rank = (one: RolloutState) => {
    if (isLive(one)) return 3
    if (one.end?.kind === 'completed') return 2
    // One that became part of another before it began says nothing.
    return one.startedAt === null && one.end?.kind === 'superseded' ? 0 : 1
  }
  const difference = rank(state) - rank(other)
  return difference === 0 ? state.reservedAt >= other.reservedAt : difference > 0
}

/**
 * What is shown in the place of a release while it is hidden: the greatest completed final below it that is not
 * withdrawn, else the greatest withdrawn one, else (where it is older than everything) the greatest of all, else what
 * was completed once and is blocked, taken back or unpublished. Null for the first release of a package: a package that
 * ever had a full release is not new. For a pre-release also the pre-releases of its own stream and of more mature ones.
 */
export function baselineOf(
  release: Release,
  world: readonly RolloutState[],
  versions: KnownVersions,
  stream?: StreamRule,
): ReleaseId | null {
  const id = packageIdOf(release)
  const { compare } = schemeOf(release.ecosystem)
  const completed = completedOf(release, world, versions[id] ?? [], stream)
  const below = completed.filter(({ version }) => compare(version, release.version) < 0)
  const pool = below.length > 0 ? below : completed
  const offered = pool.filter(({ withdrawn }) => !withdrawn)
  const [greatest] = [...(offered.length > 0 ? offered : pool)].sort((a, b) => compare(b.version, a.version))
  const version = greatest?.version ?? greatestEver(release, world, versions[id] ?? [])
  return version === null ? null : `${id}@${version}`
}

/** Whether anything of the package can be had and is not withdrawn, beside a release. */
export function isOffered(
  release: Release,
  world: readonly RolloutState[],
  versions: KnownVersions,
  stream?: StreamRule,
): boolean {
  const known = versions[packageIdOf(release)] ?? []
  return completedOf(release, world, known, stream).some(({ withdrawn }) => !withdrawn)
}

/** The greatest final that was a full release once, also where nobody can have it any more. */
function greatestEver(
  release: Release,
  world: readonly RolloutState[],
  versions: readonly KnownVersion[],
): string | null {
  const id = packageIdOf(release)
  const { compare, isPrerelease } = schemeOf(release.ecosystem)
  const completed = world.flatMap(({ transitions, members }) =>
    transitions.some(({ type }) => type === 'completed')
      ? members.flatMap(({ candidate }) =>
          packageIdOf(candidate) === id ? [candidate.slice(id.length + 1)] : [],
        )
      : [],
  )
  const released = versions.flatMap((known) => (known.released ? [known.version] : []))
  const finals = [...completed, ...released].filter(
    (version) => version !== release.version && !isPrerelease(version),
  )
  return finals.sort(compare).at(-1) ?? null
}

/** The versions that can be shown instead: with files, fully released, not blocked. */
function completedOf(
  release: Release,
  world: readonly RolloutState[],
  versions: readonly KnownVersion[],
  stream: StreamRule | undefined,
): readonly KnownVersion[] {
  const id = packageIdOf(release)
  const { isPrerelease } = schemeOf(release.ecosystem)
  return versions.filter((known) => {
    if (!known.installable || known.version === release.version) return false
    const state = rolloutOf(world, `${id}@${known.version}`)
    if (isPrerelease(known.version) && !isMatureFor(state, stream)) return false
    if (state === null) return known.released
    const one = `${id}@${known.version}`
    return isForAll(state, one) && !isBlocked(world, one)
  })
}

/** Whether everybody has a release: it completed, or it is the first of its package in a rollout that is under way. */
export function isForAll(state: RolloutState, release: ReleaseId): boolean {
  if (state.end !== null) return state.end.kind === 'completed'
  return (
    isLive(state) &&
    state.members.some(({ candidate, baseline }) => candidate === release && baseline === null)
  )
}

function isBlocked(world: readonly RolloutState[], id: ReleaseId): boolean {
  return world.some(({ blocked }) => blocked.includes(id))
}

/** A pre-release is compared with one of its own stream or of a later one; a final with none. */
function isMatureFor(state: RolloutState | null, stream: StreamRule | undefined): boolean {
  if (stream?.kind !== 'prerelease') return false
  return state?.policy?.stream?.upTo.includes(stream.name) ?? false
}

/**
 * The open rollout of another build of the same public version (`2.1+cpu` beside `2.1+cu118`) that still takes
 * files; null when there is none. What comes later is a release of its own.
 */
export function rolloutOfPublic(world: readonly RolloutState[], release: Release): RolloutState | null {
  const { publicOf } = schemeOf(release.ecosystem)
  const id = packageIdOf(release)
  const wanted = publicOf(release.version)
  const belongs = (candidate: ReleaseId): boolean => {
    if (packageIdOf(candidate) !== id) return false
    const parsed = parseReleaseId(candidate)
    return parsed.ok && publicOf(parsed.value.version) === wanted
  }
  return (
    world.find(
      ({ end, sealedFiles, members }) =>
        end === null && sealedFiles === null && members.some(({ candidate }) => belongs(candidate)),
    ) ?? null
  )
}

/** The packages of releases, each once. */
export function packagesIn(releases: readonly ReleaseId[]): readonly PackageId[] {
  return [...new Set(releases.map((release) => packageIdOf(release)))]
}
