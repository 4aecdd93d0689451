import type { PackageStore } from '../../ports/package-store.ts'
import type { SealedFile } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { KnownVersions } from '../../rollout/starting/known-versions.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import type { RolloutMemory } from '../core/rollout-memory.ts'

type Packages = Pick<PackageStore, 'get'>

/** A hosted file of a release, with when it came. */
export interface HostedFile extends SealedFile {
  readonly uploadedAt: number
}

/** The files of these releases that are hosted right now, by release and name. */
export async function hostedFiles(
  packages: Packages,
  releases: readonly ReleaseId[],
): Promise<readonly HostedFile[]> {
  const files: HostedFile[] = []
  for (const release of releases) {
    const hosted = await hostedVersion(packages, release)
    for (const { name, sha256, uploadedAt } of hosted?.files ?? []) {
      files.push({ release, name, sha256, uploadedAt })
    }
  }
  return files
}

/** A version as hosted, or undefined. */
export async function hostedVersion(packages: Packages, release: ReleaseId) {
  const id = packageIdOf(release)
  const record = await packages.get(id)
  return record === null ? undefined : ownEntry(record.versions, release.slice(id.length + 1))
}

/**
 * What the index knows about these packages, for baselines and lines. Every hosted final has come through a
 * rollout, so one without is not taken for released: it may be the leftover of a crash. Versions of other indexes
 * say themselves whether they were there before.
 */
export async function knownVersions(packages: Packages, ids: readonly PackageId[]): Promise<KnownVersions> {
  const known: [PackageId, KnownVersions[PackageId]][] = []
  for (const id of ids) {
    const versions = Object.values((await packages.get(id))?.versions ?? {}).map((hosted) => ({
      version: hosted.version,
      installable: hosted.files.length > 0,
      withdrawn: hosted.withdrawn !== null,
      released: hosted.released ?? false,
    }))
    known.push([id, versions])
  }
  return Object.fromEntries(known)
}

/** All rollouts with a release of one of these packages, in the order in which they were reserved. */
export function worldOf(
  memory: Pick<RolloutMemory, 'rolloutsOf'>,
  ids: readonly PackageId[],
): readonly RolloutState[] {
  return [...new Set(ids.flatMap((id) => [...memory.rolloutsOf(id)].reverse()))]
}

/**
 * The live rollouts of the other packages of whoever owns these: they share a salt. In a repository's name only;
 * packages without an owner have no relatives.
 */
export async function relativesOf(
  {
    parts,
    memory,
  }: { readonly parts: Pick<EngineParts, 'access'>; readonly memory: Pick<RolloutMemory, 'rolloutsOf'> },
  ids: readonly PackageId[],
  kin: readonly PackageId[] = [],
): Promise<readonly RolloutState[]> {
  const found = new Set(kin.flatMap((id) => memory.rolloutsOf(id)).filter(isLive))
  for (const id of ids) {
    const owner = await parts.access.ownerOf(id)
    const owned = owner === null ? [] : await parts.access.packagesOwnedBy(owner.repositoryId)
    for (const { package: other } of owned) {
      if (ids.includes(other)) continue
      for (const state of memory.rolloutsOf(other)) if (isLive(state)) found.add(state)
    }
  }
  return [...found]
}

/** All rollouts of a rollout's packages, newest first. */
export function newestFirst(
  memory: Pick<RolloutMemory, 'rolloutsOf'>,
  state: Pick<RolloutState, 'members'>,
): readonly RolloutState[] {
  return [...worldOf(memory, packagesOf(state))].reverse()
}

/** The packages of a rollout's members. */
export function packagesOf(state: Pick<RolloutState, 'members'>): readonly PackageId[] {
  return [...new Set(state.members.map(({ candidate }) => packageIdOf(candidate)))]
}
