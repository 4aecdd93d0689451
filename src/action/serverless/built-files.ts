import { createHash } from 'node:crypto'
import { findFiles } from '../../registries/slipway-index/find-files.ts'
import { readPackageFile } from '../../registries/slipway-index/package-file.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { failFor, inputLines } from '../action-input.ts'
import type { World } from './open-world.ts'
import type { Promoted } from './promoted.ts'

/** SHA-256 by file name. */
export type BuiltFiles = Readonly<Record<string, string>>

const keyOf = ({ id }: RolloutState) => `${id}/built/files/0`

/**
 * The digests of the files that `files` names: those of the releases, and of release candidates that were built
 * together with them. Empty without the input. Fails for a file of anything else.
 */
export async function builtFiles(releases: readonly ReleaseId[]): Promise<BuiltFiles> {
  const patterns = inputLines('files')
  // npm tells the digests of what it took itself; PyPI's files may be uploaded by hand, weeks apart.
  if (patterns.length === 0 || !releases.some((release) => release.startsWith('pypi:'))) return {}
  const paths = await findFiles(patterns, process.cwd())
  if (!paths.ok) throw failFor(paths.problem)
  const built: Record<string, string> = {}
  for (const path of paths.value) {
    const file = await readPackageFile(path)
    if (!file.ok) throw failFor(file.problem)
    const { release, name, bytes } = file.value
    const isOwn = releases.some((text) => {
      const own = parseReleaseId(text)
      if (!own.ok || packageIdOf(own.value) !== packageIdOf(release)) return false
      return release.version === own.value.version || isCandidateOf(release.version, own.value.version)
    })
    if (!isOwn) {
      const value = `${packageIdOf(release)}@${release.version}`
      throw failFor({ field: path, value, expected: `${releases.join(', ')}, or a release candidate of it` })
    }
    built[name] = createHash('sha256').update(bytes).digest('hex')
  }
  return built
}

/** `1.3.0rc1` of `1.3.0`. */
function isCandidateOf(version: string, final: string): boolean {
  return version.startsWith(final) && /^(a|b|rc)\d+$/.test(version.slice(final.length))
}

/** In words, for the first event of the rollout. */
export function sayBuilt(built: BuiltFiles): string {
  const files = Object.entries(built).map(([name, digest]) => `${name} sha256:${digest}`)
  return files.length === 0 ? '' : `built together: ${files.join(', ')}`
}

export async function keepBuilt(world: World, state: RolloutState, built: BuiltFiles): Promise<void> {
  if (Object.keys(built).length === 0) return
  await world.effects.put({ key: keyOf(state), digest: 'recorded', place: built, at: world.clock.now() })
}

/** Nothing is confirmed while the registry gives other bytes under the name of a file than those that were built. */
export async function checkBuilt(
  world: World,
  state: RolloutState,
  { package: id, promotion }: Promoted,
): Promise<Promoted> {
  const place = (await world.effects.get(keyOf(state)))?.place
  const registry = world.registries.find(({ ecosystem }) => id.startsWith(`${ecosystem}:`))
  if (
    place === undefined ||
    !id.startsWith('pypi:') ||
    registry === undefined ||
    promotion.kind !== 'confirmed'
  ) {
    return { package: id, promotion }
  }
  const read = await registry.read(id)
  if (!read.ok) return { package: id, promotion: { kind: 'failed', sentence: read.message } }
  const files = Object.values(read.record?.versions ?? {}).flatMap((version) => version.files)
  const other = files.find(({ name, sha256 }) => {
    const wanted = place[name]
    return wanted !== undefined && sha256.replace(/^sha256:/, '') !== wanted
  })
  if (other === undefined) return { package: id, promotion }
  const sentence = `The registry gives another ${other.name} (sha256 ${other.sha256.replace(/^sha256:/, '')}) than the one that was built for this rollout (${place[other.name]}).`
  return { package: id, promotion: { kind: 'failed', sentence } }
}
