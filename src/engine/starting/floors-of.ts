import type { Need } from '../../rollout/history/event.ts'
import { openNeeds } from '../../rollout/siblings/floors.ts'
import { isForAll, rolloutOf } from '../../rollout/starting/line-history.ts'
import type { PackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { WholeStart } from '../trains/leave-together.ts'
import { hostedNeeds } from './hosted-needs.ts'
import { knownVersions } from './known-packages.ts'

/** The needs of a start that nobody can have satisfied yet, but by a release that is still rolling out. */
export async function floorsOf(
  { parts, memory }: Pick<EngineCore, 'parts' | 'memory'>,
  { needs: given, releases: own, departure }: Pick<WholeStart, 'needs' | 'releases' | 'departure'>,
): Promise<readonly Need[]> {
  const releases = [...own, ...(departure?.carried ?? [])]
  const needs = given ?? (await hostedNeeds({ parts }, releases))
  if (needs.length === 0) return []
  const known = await knownVersions(parts.packages, [...new Set(needs.map(({ package: id }) => id))])
  return openNeeds(needs, releases, (id) => {
    const versions = known[id] ?? []
    if (versions.length === 0) return null
    const all = versions.filter(({ installable }) => installable)
    return {
      all: all.map(({ version }) => version),
      visible: all.filter((one) => isShownToAll(id, one)).map(({ version }) => version),
    }
  })

  function isShownToAll(
    id: PackageId,
    { version, released }: { version: string; released: boolean },
  ): boolean {
    const release = `${id}@${version}`
    const rollouts = memory.rolloutsOf(id)
    const state = rolloutOf(rollouts, release)
    // Pre-releases of other indexes are shown to whoever asks for them; those that are rolling out have a rollout.
    if (state === null)
      return released || schemeOf(release.startsWith('npm:') ? 'npm' : 'pypi').isPrerelease(version)
    return isForAll(state, release) && !rollouts.some(({ blocked }) => blocked.includes(release))
  }
}
