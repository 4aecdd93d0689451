import { join } from 'node:path'
import type { PackageRef } from '../choosing/version-rule.ts'
import type { EnvironmentFiles } from './environment-files.ts'
import { linkTargets, type PackageState, parseState } from './package-state.ts'

/**
 * One package in a root:
 *
 *     pypi/demo-lib/installed/1.2.0.3f9a…/   what pip or npm made
 *     pypi/demo-lib/.state/7/                 state.json and one link per name, all of one moment
 *     pypi/demo-lib/.current -> .state/7
 *     pypi/demo-lib/live -> .current/live     and so for every name
 *
 * Renaming `.current` changes all links of a package in one step. What no state names is nobody's: half an
 * installation, or the rest of a pruned one.
 */
export function packageFolder(root: string, { ecosystem, name }: PackageRef): string {
  return join(root, ecosystem, name)
}

/** The folder of an installed version, by its name in the state. */
export function versionFolder(root: string, ref: PackageRef, folder: string): string {
  return join(packageFolder(root, ref), 'installed', folder)
}

/** The state of a package; null when nothing of it is installed. */
export async function readState(
  files: EnvironmentFiles,
  root: string,
  ref: PackageRef,
): Promise<PackageState | null> {
  // The path leads through `.current` in one lookup, so text and moment belong together.
  const path = join(packageFolder(root, ref), '.current', 'state.json')
  const text = await files.read(path)
  if (text === null) return null
  try {
    return parseState(text)
  } catch (cause) {
    throw new Error(`${path} is damaged, or written by another version of slipway`, { cause })
  }
}

/** Every package of a root, those with nothing but rests included. */
export async function packagesIn(files: EnvironmentFiles, root: string): Promise<readonly PackageRef[]> {
  const pypi = await files.list(join(root, 'pypi'))
  const npm: string[] = []
  for (const name of await files.list(join(root, 'npm'))) {
    if (!name.startsWith('@')) npm.push(name)
    else for (const inner of await files.list(join(root, 'npm', name))) npm.push(`${name}/${inner}`)
  }
  return [
    ...pypi.map((name) => ({ ecosystem: 'pypi' as const, name })),
    ...npm.map((name) => ({ ecosystem: 'npm' as const, name })),
  ]
}

/**
 * Makes a state the current one. Order of writes: the new generation, then names that are new (they lead
 * nowhere yet), then the one rename that changes everything, then what nobody needs any more. Generations before
 * stay for a while, for readers that are just on their way through them.
 */
export async function writeState(files: EnvironmentFiles, root: string, state: PackageState): Promise<void> {
  const folder = packageFolder(root, state)
  const current = await generationOf(files, folder)
  const generation = join(folder, '.state', String(current + 1))
  await files.remove(generation)
  await files.makeFolder(generation)
  await files.write(join(generation, 'state.json'), `${JSON.stringify(state, null, 2)}\n`)
  const targets = linkTargets(state)
  for (const [name, target] of targets)
    await files.symlink(join('..', '..', 'installed', target), join(generation, name))
  await files.flush(generation)
  for (const name of targets.keys()) {
    const path = join(folder, name)
    if ((await files.readLink(path)) === null) await files.symlink(join('.current', name), path)
  }
  const flipped = join(folder, '.current.new')
  await files.remove(flipped)
  await files.symlink(join('.state', String(current + 1)), flipped)
  await files.rename(flipped, join(folder, '.current'))
  await files.flush(join(folder, '.state'))
  await tidyPackage(files, root, state)
}

/** A slow reader on a busy machine may take a while to follow a path; so many changes it may be behind. */
const KEPT_GENERATIONS = 16

/** Removes from a package what its state does not name: rests of a crash, of pruning, and old generations. */
export async function tidyPackage(files: EnvironmentFiles, root: string, ref: PackageRef): Promise<void> {
  const folder = packageFolder(root, ref)
  const state = await readState(files, root, ref)
  const current = await generationOf(files, folder)
  const kept = new Set(state?.versions.flatMap(({ builds }) => builds.map(({ folder: name }) => name)))
  for (const name of await files.list(join(folder, 'installed')))
    if (!kept.has(name)) await files.remove(join(folder, 'installed', name))
  for (const name of await files.list(join(folder, '.state'))) {
    const isRecent = Number(name) <= current && Number(name) > current - KEPT_GENERATIONS
    if (state === null || !isRecent) await files.remove(join(folder, '.state', name))
  }
  const names = new Set(state === null ? [] : [...linkTargets(state).keys(), '.current'])
  for (const name of await files.list(folder)) {
    const path = join(folder, name)
    // Only links are ours here; what a person put beside them stays.
    if (!names.has(name) && (await files.readLink(path)) !== null) await files.remove(path)
  }
  if (state !== null) return
  for (const name of ['installed', '.state'])
    if ((await files.list(join(folder, name))).length === 0) await files.remove(join(folder, name))
  if ((await files.list(folder)).length === 0) await files.remove(folder)
}

/**
 * Takes a package out of the root: its one link goes, and with it every other one leads nowhere; then the rests.
 */
export async function removeState(files: EnvironmentFiles, root: string, ref: PackageRef): Promise<void> {
  const folder = packageFolder(root, ref)
  await files.rename(join(folder, '.current'), join(folder, '.current.old'))
  await tidyPackage(files, root, ref)
}

/** The number of the current generation; 0 before the first. */
async function generationOf(files: EnvironmentFiles, folder: string): Promise<number> {
  const target = await files.readLink(join(folder, '.current'))
  return target === null ? 0 : Number(target.slice(target.lastIndexOf('/') + 1))
}
