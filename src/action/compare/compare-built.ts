import { chooseFiles } from '../../contents/choose-files.ts'
import { type Comparison, compareReleases } from '../../contents/compare-releases.ts'
import type { ReleaseContents } from '../../contents/contents.ts'
import { readContents } from '../../contents/read-contents.ts'
import type { Registry } from '../../ports/registry.ts'
import type { PackageFile } from '../../registries/slipway-index/package-file.ts'
import { fetchFile, listRelease, type RegistryAddresses } from '../../registries/taken-release.ts'
import { formatReleaseId, packageIdOf, type Release } from '../../versions/release.ts'
import { findBaseline } from './find-baseline.ts'

/** What one package would change, or why that cannot be said. `from` null: nothing to compare with. */
export type BuiltComparison = { readonly from: string | null; readonly to: string } & (
  | { readonly ok: true; readonly comparison: Comparison }
  | { readonly ok: false; readonly why: string }
)

/** Where baselines are found. */
export interface Baselines {
  readonly addresses: RegistryAddresses
  readonly registries: readonly Registry[]
}

/** Compares each package among built files with its newest release. Never rejects: what cannot be had is said. */
export async function compareBuilt(
  files: readonly PackageFile[],
  baselines: Baselines,
): Promise<readonly BuiltComparison[]> {
  const byPackage = new Map<string, PackageFile[]>()
  for (const file of files) {
    const id = packageIdOf(file.release)
    byPackage.set(id, [...(byPackage.get(id) ?? []), file])
  }
  const compared: BuiltComparison[] = []
  for (const own of byPackage.values()) {
    const [first] = own
    if (first !== undefined) compared.push(await compareOne(own, first.release, baselines))
  }
  return compared
}

async function compareOne(
  own: readonly PackageFile[],
  release: Release,
  { addresses, registries }: Baselines,
): Promise<BuiltComparison> {
  const to = formatReleaseId(release)
  const registry = registries.find(({ ecosystem }) => ecosystem === release.ecosystem)
  if (registry === undefined)
    return { ok: false, from: null, to, why: 'there is no registry to compare with' }
  const baseline = await findBaseline(registry, release)
  if (!baseline.ok) return { ok: false, from: null, to, why: baseline.message }
  if (baseline.version === null)
    return { ok: false, from: null, to, why: 'it is the first release of the package' }
  const before = { ...release, version: baseline.version }
  const from = formatReleaseId(before)
  const listed = await listRelease(addresses, before)
  if (!listed.ok) return { ok: false, from, to, why: listed.message }
  const mine = own.map(({ name }) => ({ name, requiresPython: null }))
  const pair = chooseFiles(listed.files, mine)
  const [theirs, ours] = [
    listed.files.find(({ name }) => name === pair?.[0]),
    own.find(({ name }) => name === pair?.[1]),
  ]
  if (theirs === undefined || ours === undefined)
    return {
      ok: false,
      from,
      to,
      why: 'the two have no files that are alike: a wheel each, or a .tar.gz each',
    }
  try {
    const left = await readContents(await fetchFile(theirs), theirs.name)
    const right = await readContents(ours.bytes, ours.name, left)
    // Which platforms a job built says nothing about those of the whole release.
    const side = (version: string, archive: ReleaseContents['archive']) => ({ version, files: [], archive })
    const comparison = compareReleases(
      release.ecosystem,
      side(before.version, left),
      side(release.version, right),
    )
    return { ok: true, from, to, comparison }
  } catch (error) {
    return { ok: false, from, to, why: error instanceof Error ? error.message : String(error) }
  }
}
