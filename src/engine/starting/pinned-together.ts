import { dependenciesOf } from '../../catalog/dependencies.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { pinnedVersion } from '../../versions/version-range.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { hostedVersion } from './known-packages.ts'

type Core = Pick<EngineCore, 'memory' | 'parts'>

/**
 * A refusal when one of these releases and another one that is not released yet pin each other exactly: seen one
 * without the other, neither could be installed (uv refuses transitive pins of yanked versions, too). Null when
 * they roll out together, or when the other one is there for everybody.
 */
export async function pinnedApart(core: Core, releases: readonly ReleaseId[]): Promise<Refusal | null> {
  for (const release of releases) {
    for (const other of await pinsOf(core, release)) {
      if (releases.includes(other) || isReleased(core, other)) continue
      if (!(await pinsOf(core, other)).includes(release)) continue
      const why = `${release} and ${other} pin each other exactly, so each needs the other to be seen.`
      const expected =
        'one train for both in the owner’s file, or one start with both before their files come'
      return refuse('blocked', why, 'release', release, expected)
    }
  }
  return null
}

/** The releases that a hosted release pins exactly. */
async function pinsOf(core: Core, release: ReleaseId): Promise<readonly ReleaseId[]> {
  const hosted = await hostedVersion(core.parts.packages, release)
  if (hosted === undefined) return []
  const id: PackageId = packageIdOf(release)
  const ecosystem = id.startsWith('npm:') ? 'npm' : 'pypi'
  return dependenciesOf(ecosystem, hosted).flatMap((dependency) => {
    const version = pinnedVersion(ecosystem, dependency.range)
    return version === null || dependency.optional ? [] : [`${dependency.package}@${version}`]
  })
}

function isReleased({ memory }: Core, release: ReleaseId): boolean {
  const state = memory.find(release)
  // Pre-releases have no rollouts and are there at once.
  return state === null || state.end?.kind === 'completed'
}
