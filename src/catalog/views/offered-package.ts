import type { FileRecord, PackageRecord, VersionRecord } from '../package-record.ts'
import type { Exposure } from './exposure.ts'
import { sealedName } from './sealed-name.ts'

/** What may be offered of a package's files. */
export interface OfferedPackage {
  /** With those files only. */
  readonly pkg: PackageRecord
  /** Names of the files that nobody tested. */
  readonly lateFiles: ReadonlySet<string>
  /** Versions of which no file was tested: their bytes are others than when they were let out. */
  readonly untested: ReadonlySet<string>
}

/**
 * A package with only those files that its rollouts stand behind. Leaving stage 0 seals the list of files; one
 * that came after that is on no list, so nobody tested it and nobody gets it. Versions of other indexes that were there
 * before any rollout have no list; of those the files that came later are marked.
 * A list that names none of the files says nothing about them, unless they came later: exact pins must keep resolving.
 */
export function offeredPackage(pkg: PackageRecord, inForce: ReadonlyMap<string, Exposure>): OfferedPackage {
  const lateFiles = new Set<string>()
  const untested = new Set<string>()
  const versions = Object.values(pkg.versions).map((record) => {
    const files = offeredFiles(record, inForce.get(record.version)?.sealed)
    if (files.length === record.files.length) return record
    for (const file of record.files) if (!files.includes(file)) lateFiles.add(file.name)
    if (files.length === 0) untested.add(record.version)
    return { ...record, files }
  })
  if (lateFiles.size === 0) return { pkg, lateFiles, untested }
  const offered = Object.fromEntries(versions.map((version) => [version.version, version]))
  return { pkg: { ...pkg, versions: offered }, lateFiles, untested }
}

/** `sealed`: undefined without a rollout, null until its list is closed: then all that is there is tested. */
function offeredFiles(
  { files }: VersionRecord,
  sealed: readonly string[] | null | undefined,
): readonly FileRecord[] {
  if (sealed === null) return files
  if (sealed === undefined) return files.filter(({ late }) => late !== 'waits')
  const known = files.filter(
    ({ name, sha256, late }) => late === 'shown' || sealed.includes(sealedName(name, sha256)),
  )
  return known.length === 0 && !files.some(({ late }) => late === 'waits') ? files : known
}
