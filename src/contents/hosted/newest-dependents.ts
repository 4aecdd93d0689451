import { dependenciesOf } from '../../catalog/dependencies.ts'
import type { FileRecord, PackageRecord, VersionRecord } from '../../catalog/package-record.ts'
import type { PackageStore } from '../../ports/package-store.ts'
import type { PackageId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'

/** Packages hosted here whose newest release needs a package, each with the file of it that is read. */
export async function newestDependents(
  packages: Pick<PackageStore, 'get' | 'list'>,
  needed: PackageId,
  most: number,
): Promise<readonly { readonly release: string; readonly file: FileRecord }[]> {
  const ecosystem: Ecosystem = needed.startsWith('npm:') ? 'npm' : 'pypi'
  const found: { release: string; file: FileRecord }[] = []
  for (const id of await packages.list(ecosystem)) {
    if (found.length >= most) break
    const record = id === needed ? null : await packages.get(id)
    const version = record === null ? null : newestOf(ecosystem, record)
    if (version === null || !dependenciesOf(ecosystem, version).some((one) => one.package === needed))
      continue
    const file = version.files.find(({ kind }) => kind !== 'sdist') ?? version.files[0]
    if (file !== undefined) found.push({ release: `${id}@${version.version}`, file })
  }
  return found
}

function newestOf(ecosystem: Ecosystem, { versions }: PackageRecord): VersionRecord | null {
  const scheme = schemeOf(ecosystem)
  const finals = Object.values(versions).filter(
    ({ version, withdrawn, files }) =>
      withdrawn === null && files.length > 0 && !scheme.isPrerelease(version),
  )
  return finals.toSorted((left, right) => scheme.compare(left.version, right.version)).at(-1) ?? null
}
