import type { PackageRecord, VersionRecord } from '../../ports/package-store.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { PackageId } from '../../versions/release.ts'
import { changePackage } from '../files/store-file.ts'
import type { RegistryParts } from '../registry-parts.ts'

/** Changes the record of a package that is hosted here; null when it is not. */
export function changeRecord(
  { parts, documents }: RegistryParts,
  id: PackageId,
  to: (record: PackageRecord) => PackageRecord,
): Promise<PackageRecord | null> {
  const now = parts.clock.now()
  return changePackage({ ...parts, packageChanged: documents.changed }, id, (record) =>
    record === null ? null : { ...to(record), modifiedAt: Math.max(record.modifiedAt, now) },
  )
}

/** The same for one version. */
export function changeVersion(
  index: RegistryParts,
  id: PackageId,
  version: string,
  to: (known: VersionRecord) => VersionRecord,
): Promise<PackageRecord | null> {
  return changeRecord(index, id, (record) => withVersion(record, version, to))
}

/** Whether what is said of a version is not what was said before. */
export function differs(before: PackageRecord, after: PackageRecord | null, version: string): boolean {
  const textOf = (record: PackageRecord | null) => JSON.stringify(ownEntry(record?.versions ?? {}, version))
  return textOf(before) !== textOf(after)
}

/** A record with one version changed; as it is without that version. */
export function withVersion(
  record: PackageRecord,
  version: string,
  to: (known: VersionRecord) => VersionRecord,
): PackageRecord {
  const known = ownEntry(record.versions, version)
  return known === undefined ? record : { ...record, versions: { ...record.versions, [version]: to(known) } }
}
