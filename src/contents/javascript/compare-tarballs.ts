import { type Compared, FindingList, type ReleaseContents } from '../contents.ts'
import { compareEntries } from './compare-entries.ts'
import { compareExports } from './compare-exports.ts'
import { compareManifests } from './compare-manifests.ts'
import { compareModules } from './compare-modules.ts'
import { findUses } from './find-uses.ts'
import { readManifest } from './manifest.ts'
import { ModuleScans } from './module-scans.ts'

/** Everything that a release of npm changes for those who install it, by code. */
export function compareTarballs(before: ReleaseContents, after: ReleaseContents): Compared {
  const found = new FindingList()
  if (before.archive === null || after.archive === null) return { found, usesIn: () => [], unread: [] }
  const [old, now] = [readManifest(before.archive), readManifest(after.archive)]
  if (old === null || now === null) return { found, usesIn: () => [], unread: [] }
  const [left, right] = [
    { manifest: old, archive: before.archive },
    { manifest: now, archive: after.archive },
  ]
  compareManifests(old, now, found)
  compareEntries(left, right, found)
  const scans = { before: new ModuleScans(before.archive), after: new ModuleScans(after.archive) }
  compareModules(left, right, scans, found)
  compareExports(left, right, found)
  return {
    found,
    usesIn: (dependent) =>
      findUses(dependent, left, right).map((use) => ({ ...use, code: 'used-name-removed' as const })),
    unread: [...scans.before.unread, ...scans.after.unread],
  }
}
