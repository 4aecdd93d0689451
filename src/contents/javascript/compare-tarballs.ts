import { FindingList, type ReleaseContents } from '../contents.ts'
import { compareEntries } from './compare-entries.ts'
import { compareExports } from './compare-exports.ts'
import { compareManifests } from './compare-manifests.ts'
import { compareModules } from './compare-modules.ts'
import { readManifest } from './manifest.ts'

/** Everything that a release of npm changes for those who install it, by code. */
export function compareTarballs(before: ReleaseContents, after: ReleaseContents): FindingList {
  const found = new FindingList()
  if (before.archive === null || after.archive === null) return found
  const [old, now] = [readManifest(before.archive), readManifest(after.archive)]
  if (old === null || now === null) return found
  const [left, right] = [
    { manifest: old, archive: before.archive },
    { manifest: now, archive: after.archive },
  ]
  compareManifests(old, now, found)
  compareEntries(left, right, found)
  compareModules(left, right, found)
  compareExports(left, right, found)
  return found
}
