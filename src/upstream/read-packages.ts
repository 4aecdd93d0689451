import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { PackageId } from '../versions/release.ts'
import type { Validators } from './fetch-package.ts'

/** One package as it was read last; `package` null: the upstream says that there is none. */
export interface ReadPackage {
  readonly package: OverlaidPackage | null
  readonly validators: Validators | null
  /** When the upstream last confirmed it, integer ms. */
  readonly checkedAt: number
  /** When it last failed to answer; 0 when it did answer last. */
  readonly failedAt: number
  /** What the upstream answered instead of a package: 403, 404, 410, 451; null where there is one. */
  readonly status: number | null
  /** The versions of a much shorter document that the upstream gave once. */
  readonly shorter?: string | null
  /** What was noted of it when it was read, so that it is read again when that changes. */
  readonly noted?: string
  /** The document is another than before. */
  readonly isNew?: boolean
}

/** Packages in memory up to a number of bytes; the ones not asked for the longest go first. */
export interface ReadPackages {
  get(id: PackageId): ReadPackage | undefined
  set(id: PackageId, read: ReadPackage): void
  delete(id: PackageId): void
}

/** What an entry costs beside its texts. */
const entryBytes = 500

/** Empty at first. */
export function createReadPackages(memoryBytes: number): ReadPackages {
  const entries = new Map<PackageId, ReadPackage>()
  let total = 0
  const bytesOf = (read: ReadPackage | undefined) =>
    read === undefined ? 0 : entryBytes + (read.package?.bytes ?? 0)
  const remove = (id: PackageId) => {
    total -= bytesOf(entries.get(id))
    entries.delete(id)
  }
  return {
    get: (id) => {
      const read = entries.get(id)
      if (read === undefined) return undefined
      entries.delete(id)
      entries.set(id, read)
      return read
    },
    set: (id, read) => {
      remove(id)
      entries.set(id, read)
      total += bytesOf(read)
      for (const oldest of entries.keys()) {
        if (total <= memoryBytes) break
        if (oldest !== id) remove(oldest)
      }
    },
    delete: remove,
  }
}
