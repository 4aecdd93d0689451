import { packageIdOf } from '../../versions/release.ts'
import type { EnvironmentFiles } from './environment-files.ts'
import { readMarker } from './installed-marker.ts'
import { type InstalledVersion, linksTo } from './package-state.ts'
import { packagesIn, readState, versionFolder } from './state-store.ts'

/** One package as `env list` shows it. */
export interface ListedPackage {
  readonly root: string
  readonly package: string
  readonly live: string
  readonly previous: string | null
  readonly versions: readonly ListedVersion[]
}

/** One version; of its builds the first is the one that links lead to. */
export interface ListedVersion {
  readonly version: string
  readonly standing: InstalledVersion['standing']
  readonly links: readonly string[]
  readonly path: string
  readonly commands: readonly string[]
  readonly builds: readonly {
    readonly interpreter: string
    readonly extras: readonly string[]
    readonly path: string
    readonly installedAt: number
    readonly madeWith: string | null
  }[]
}

/** Everything installed in a root. Waits for nobody: a state is read whole. */
export async function listRoot(files: EnvironmentFiles, root: string): Promise<readonly ListedPackage[]> {
  const listed: ListedPackage[] = []
  for (const ref of await packagesIn(files, root)) {
    const state = await readState(files, root, ref)
    if (state === null) continue
    const versions: ListedVersion[] = []
    for (const { version, standing, builds } of state.versions) {
      const described = []
      for (const { folder, interpreter, extras, installedAt } of builds) {
        const path = versionFolder(root, ref, folder)
        const marker = await readMarker(files, path)
        const { madeWith = null, commands = [] } = marker ?? {}
        described.push({ interpreter, extras, path, installedAt, madeWith, commands })
      }
      const { path = '', commands = [] } = described[0] ?? {}
      versions.push({
        ...{ version, standing, links: linksTo(state, version), path, commands },
        builds: described.map(({ commands: _, ...build }) => build),
      })
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
