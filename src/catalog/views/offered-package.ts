import type { PackageRecord, VersionRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'
import { sealedName } from './sealed-name.ts'

/**
 * A package with only those files that its rollouts stand behind. Leaving stage 0 seals the list of files; one
 * that was admitted just before and stored just after is on no list, so nobody tested it and nobody gets it.
 * A list that names none of the files says nothing about them: exact pins must keep resolving.
 */
export function offeredPackage(pkg: PackageRecord, inForce: ReadonlyMap<string, Exposure>): PackageRecord {
  const versions = Object.values(pkg.versions).map((record) => offeredVersion(record, inForce))
  const isWhole = versions.every((version) => version === pkg.versions[version.version])
  if (isWhole) return pkg
  return { ...pkg, versions: Object.fromEntries(versions.map((version) => [version.version, version])) }
}

function offeredVersion(record: VersionRecord, inForce: ReadonlyMap<string, Exposure>): VersionRecord {
  const sealed = inForce.get(record.version)?.sealed ?? null
  if (sealed === null) return record
  const files = record.files.filter(({ name, sha256 }) => sealed.includes(sealedName(name, sha256)))
  return files.length === 0 || files.length === record.files.length ? record : { ...record, files }
}
