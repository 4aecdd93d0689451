import type { PackageRecord, PackageStore } from '../../ports/package-store.ts'
import { checkRevision } from '../check-revision.ts'
import { jsonCopy } from './json-copy.ts'

/** Hosted packages in memory. */
export function createMemoryPackageStore(): PackageStore {
  const packages = new Map<string, PackageRecord>()
  return {
    async get(id) {
      return packages.get(id) ?? null
    },
    async put(record, expectedRevision) {
      checkRevision(record, expectedRevision)
      if ((packages.get(record.id)?.revision ?? 0) !== expectedRevision) return false
      packages.set(record.id, jsonCopy(record))
      return true
    },
    async list(ecosystem) {
      return [...packages.keys()].filter((id) => id.startsWith(`${ecosystem}:`)).sort()
    },
  }
}
