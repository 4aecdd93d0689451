import type { PackageRecord } from '../catalog/package-record.ts'
import type { PackageId } from '../versions/release.ts'

export type { FileRecord, PackageRecord, VersionRecord } from '../catalog/package-record.ts'

/** Metadata of hosted packages. Bytes live in the blob store under their sha256. */
export interface PackageStore {
  get(id: PackageId): Promise<PackageRecord | null>
  /** Compare-and-swap on `revision` (0: must not exist). False when somebody was faster. */
  put(record: PackageRecord, expectedRevision: number): Promise<boolean>
  /** Ids of all hosted packages of an ecosystem, ascending. */
  list(ecosystem: string): Promise<readonly PackageId[]>
}
