import type { PackageRecord } from '../ports/package-store.ts'

/** Throws when a record does not rise: cache keys hold the revision, so a repeated one would show old bytes. */
export function checkRevision(record: PackageRecord, expectedRevision: number): void {
  if (!Number.isSafeInteger(record.revision) || record.revision <= expectedRevision) {
    throw new Error(
      `revision of ${record.id}: got ${record.revision}, expected a whole number above ${expectedRevision}`,
    )
  }
}
