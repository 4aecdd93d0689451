import { compareTrust, newNamesIn, youngDependencies } from '../../catalog/trust/compare-trust.ts'
import { type Comparison, type Finding, findingOf } from '../../contents/compare-releases.ts'
import { firstReleaseAt, type RegistryAddresses } from '../../registries/taken-release.ts'
import type { Compared } from './load-subjects.ts'

/** What registries say of who made two releases, and how old what the newer one now needs is. */
export async function trustFindings(
  { ecosystem, trust, to, after, at }: Compared,
  { findings, change }: Comparison,
  addresses: RegistryAddresses,
): Promise<readonly Finding[]> {
  const dependencies = []
  for (const name of newNamesIn(findings))
    dependencies.push({ name, firstAt: await firstReleaseAt(addresses, ecosystem, name) })
  const ownName = to.slice(ecosystem.length + 1)
  const files = after.archive === null ? [to] : [after.archive.name]
  const found = [...compareTrust(...trust, files), ...youngDependencies(ownName, dependencies, at)]
  return found.map(({ code, what }) => findingOf(code, what, change))
}
