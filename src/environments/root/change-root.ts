import { packageIdOf } from '../../versions/release.ts'
import { getCommand } from '../choosing/find-installed.ts'
import type { PackageRef } from '../choosing/version-rule.ts'
import { placeModules } from '../import-time/place-modules.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from './environment-files.ts'
import type { PackageState } from './package-state.ts'
import { type LockWait, withRootLock } from './root-lock.ts'
import { packagesIn, readState, tidyPackage } from './state-store.ts'
import type { TreeFiles } from './tree-files.ts'

/** Everything that changes a root needs. */
export interface RootParts {
  readonly files: EnvironmentFiles
  readonly trees: TreeFiles
  readonly root: string
  readonly wait: LockWait
  readonly now: () => number
  readonly onProgress: (sentence: string) => void
}

/**
 * Changes a root while nobody else does: removes what a crash left behind, makes the change, and puts the
 * import-time modules into place.
 */
export async function changeRoot<T>(
  parts: RootParts,
  change: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { files, root } = parts
  const names = await files.list(root)
  const isForeign = !names.includes('.slipway') && (names.includes('pypi') || names.includes('npm'))
  if (isForeign)
    return refuse(
      `root: ${root} holds a pypi or npm folder that slipway env did not make; name another one`,
      'usage',
    )
  return withRootLock(files, root, parts.wait, async () => {
    for (const ref of await packagesIn(files, root)) await tidyPackage(files, root, ref)
    await placeModules(files, root)
    return change()
  })
}

/** The state of the package that a name means in this root. */
export async function oneState(
  parts: RootParts,
  packages: readonly PackageRef[],
): Promise<Outcome<PackageState>> {
  const states = []
  for (const ref of packages) {
    const state = await readState(parts.files, parts.root, ref)
    if (state !== null) states.push(state)
  }
  const [state, other] = states
  if (state === undefined) return notThere(parts, packages)
  if (other === undefined) return done(state)
  return refuse(`${state.name} is in ${parts.root} for PyPI and for npm; say pypi: or npm: in front`, 'usage')
}

export function notThere<T>({ root }: RootParts, packages: readonly PackageRef[]): Outcome<T> {
  const text = packages.length === 1 && packages[0] ? packageIdOf(packages[0]) : (packages[0]?.name ?? '')
  return refuse(`${text} is not installed in ${root}\nto get it: ${getCommand({ text }, root)}`)
}
