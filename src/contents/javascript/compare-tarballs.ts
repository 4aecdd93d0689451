import {
  type ArchiveContents,
  type Compared,
  FindingList,
  type LostUse,
  type ReleaseContents,
} from '../contents.ts'
import { compareEntries } from './compare-entries.ts'
import { compareExports } from './compare-exports.ts'
import { compareManifests } from './compare-manifests.ts'
import { compareModules } from './compare-modules.ts'
import { findUses } from './find-uses.ts'
import { readManifest } from './manifest.ts'

/** Everything that a release of npm changes for those who install it, by code. */
export function compareTarballs(
  before: ReleaseContents,
  after: ReleaseContents,
  dependents: readonly { readonly release: string; readonly archive: ArchiveContents }[],
): Compared {
  const found = new FindingList()
  if (before.archive === null || after.archive === null) return { found, uses: [] }
  const [old, now] = [readManifest(before.archive), readManifest(after.archive)]
  if (old === null || now === null) return { found, uses: [] }
  const [left, right] = [
    { manifest: old, archive: before.archive },
    { manifest: now, archive: after.archive },
  ]
  compareManifests(old, now, found)
  compareEntries(left, right, found)
  compareModules(left, right, found)
  compareExports(left, right, found)
  const uses = dependents.flatMap(({ release, archive }): LostUse[] =>
    findUses(archive, left, right).map((use) => ({ ...use, code: 'used-name-removed', release })),
  )
  for (const { code, name } of uses) found.add(code, name)
  return { found, uses }
}
