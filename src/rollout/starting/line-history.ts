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
  const rank = (one: RolloutState) => (isLive(one) ? 2 : one.end?.kind === 'completed' ? 1 : 0)
  const difference = rank(state) - rank(other)
  return difference === 0 ? state.reservedAt >= other.reservedAt : difference > 0
}

/**
 * What is shown in the place of a release while it is hidden: the greatest completed final below it that is not
 * withdrawn, else the greatest withdrawn one, else (where it is older than everything) the greatest of all. Null for
 * the first release of a package. For a pre-release also the pre-releases of its own stream and of more mature ones.
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
  return greatest === undefined ? null : `${id}@${greatest.version}`
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
    return state.end?.kind === 'completed' && !isBlocked(world, `${id}@${known.version}`)
  })
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
