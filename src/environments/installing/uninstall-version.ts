import { packageIdOf } from '../../versions/release.ts'
import { isVersion, type PackageRef } from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import { changeRoot, oneState, type RootParts } from '../root/change-root.ts'
import { readMarker } from '../root/installed-marker.ts'
import { linksTo, type PackageState, withoutVersion } from '../root/package-state.ts'
import { sweepStore } from '../root/shared-store.ts'
import { packagesIn, readState, removeState, versionFolder, writeState } from '../root/state-store.ts'
import type { FolderUsers } from './folder-users.ts'

/** What was uninstalled, and what goes on having it. */
export interface UninstallReport {
  readonly package: string
  readonly version: string
  /** Names that lead elsewhere now, or nowhere. */
  readonly links: readonly string[]
  /** Installed versions of other packages that came with this version of it, and keep it. */
  readonly stillNeededBy: readonly string[]
}

/**
 * Takes one version away. Refused while something needs it: while it is live and others are there, or while a
 * process runs from it. Other versions that brought it keep their own name of each file.
 *
 * @param text the version in full, as somebody wrote it
 */
export async function uninstallVersion(
  parts: RootParts,
  packages: readonly PackageRef[],
  text: string,
  users: FolderUsers,
): Promise<Outcome<UninstallReport>> {
  return changeRoot(parts, async () => {
    const state = await oneState(parts, packages)
    if (!state.ok) return state
    const { ecosystem } = state.value
    const entry = state.value.versions.find((one) => isVersion(ecosystem, text, one.version))
    const id = packageIdOf(state.value)
    const has = state.value.versions.map(({ version }) => version).join(', ')
    if (entry === undefined) return refuse(`${id}@${text} is not installed\ninstalled is ${has}`)
    const { version } = entry
    const next = withoutVersion(state.value, version)
    if (next !== null && state.value.live === version)
      return refuse(
        `${id}@${version} is live; make another one live first: slipway env promote ${id} VERSION --root ${parts.root}\ninstalled is ${has}`,
      )
    const folders = entry.builds.map(({ folder }) => versionFolder(parts.root, state.value, folder))
    const running = await users(folders)
    if (running.length > 0)
      return refuse(`${id}@${version} is needed by ${running.join(', ')}; nothing was removed`)
    const stillNeededBy = await bringers(parts, state.value, version)
    const links = linksTo(state.value, version)
    if (next === null) await removeState(parts.files, parts.root, state.value)
    else await writeState(parts.files, parts.root, next)
    await sweepStore(parts)
    return done({ package: id, version, links, stillNeededBy })
  })
}

/** Versions of other packages in this root that came with this one. */
async function bringers(
  { files, root }: RootParts,
  { ecosystem, name }: PackageState,
  version: string,
): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const ref of await packagesIn(files, root)) {
    if (ref.ecosystem !== ecosystem || ref.name === name) continue
    const state = await readState(files, root, ref)
    for (const entry of state?.versions ?? [])
      for (const { folder } of entry.builds) {
        const marker = await readMarker(files, versionFolder(root, ref, folder))
        if (marker?.contents[name] === version) found.add(`${packageIdOf(ref)}@${entry.version}`)
      }
  }
  return [...found].sort()
}
