import { dependenciesOf } from '../../catalog/dependencies.ts'
import type { Need } from '../../rollout/history/event.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { hostedVersion } from './known-packages.ts'

/** What releases that are hosted here cannot do without, as their metadata says. */
export async function hostedNeeds(
  { parts }: Pick<EngineCore, 'parts'>,
  releases: readonly ReleaseId[],
): Promise<readonly Need[]> {
  const needs: Need[] = []
  for (const release of releases) {
    const hosted = await hostedVersion(parts.packages, release)
    if (hosted === undefined) continue
    const ecosystem = release.startsWith('npm:') ? 'npm' : 'pypi'
    for (const { package: on, range, optional } of dependenciesOf(ecosystem, hosted)) {
      if (!optional && on !== packageIdOf(release)) needs.push({ release, package: on, range })
    }
  }
  return needs
}
