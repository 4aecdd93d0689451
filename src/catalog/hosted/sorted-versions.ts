import { schemeOf } from '../../versions/scheme-of.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import { ecosystemOf } from '../views/package-views.ts'

/** Records never change, and comparing thousands of versions takes longer than rendering them. */
const known = new WeakMap<PackageRecord, readonly VersionRecord[]>()

/** All versions of a package, ascending. */
export function sortedVersions(pkg: PackageRecord): readonly VersionRecord[] {
  const found = known.get(pkg)
  if (found !== undefined) return found
  const { compare } = schemeOf(ecosystemOf(pkg))
  const sorted = Object.values(pkg.versions).sort((a, b) => compare(a.version, b.version))
  known.set(pkg, sorted)
  return sorted
}
