import { packageIdOf } from '../../versions/release.ts'
import type { EnvironmentFiles } from './environment-files.ts'
import { readMarker } from './installed-marker.ts'
import { linksTo } from './package-state.ts'
import { packagesIn, readState, versionFolder } from './state-store.ts'

/** One package as `env list` shows it. */
export interface ListedPackage {
  readonly root: string
  readonly package: string
  readonly live: string
  readonly previous: string | null
  readonly versions: readonly {
    readonly version: string
    readonly links: readonly string[]
    readonly path: string
    readonly installedAt: number
    readonly commands: readonly string[]
    readonly madeWith: string | null
  }[]
}

/** Everything installed in a root. Waits for nobody: a state is read whole. */
export async function listRoot(files: EnvironmentFiles, root: string): Promise<readonly ListedPackage[]> {
  const listed: ListedPackage[] = []
  for (const ref of await packagesIn(files, root)) {
    const state = await readState(files, root, ref)
    if (state === null) continue
    const versions = []
    for (const { version, folder, installedAt } of state.versions) {
      const path = versionFolder(root, ref, folder)
      const marker = await readMarker(files, path)
      const { commands = [], madeWith = null } = marker ?? {}
      versions.push({ version, links: linksTo(state, version), path, installedAt, commands, madeWith })
    }
    listed.push({
      root,
      package: packageIdOf(ref),
      live: state.live,
      previous: state.history.at(-1) ?? null,
      versions,
    })
  }
  return listed
}
