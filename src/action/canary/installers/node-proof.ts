import { join } from 'node:path'
import { satisfies } from 'semver'
import { type InstalledModule, installedModules } from '../../../registries/project/module-tree.ts'
import { fieldOf, readJson } from '../../../registries/project/read-json.ts'
import { namedRelease } from '../../../registries/slipway-index/named-release.ts'
import { formatReleaseId, type Release, type ReleaseId } from '../../../versions/release.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'
import type { Ask } from './installer.ts'

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/** Everything under an arm's `node_modules`, as release ids. */
export async function nodeTree(workspace: ArmWorkspace): Promise<readonly ReleaseId[]> {
  const modules = await modulesOf(workspace)
  return [...new Set(modules.flatMap(({ name, version }) => idOf(name, version)))].sort()
}

/** Every version of the named packages under an arm's `node_modules`. */
export async function nodeInstalled(
  workspace: ArmWorkspace,
  releases: readonly Release[],
): Promise<readonly ReleaseId[]> {
  const names = nodeNames(releases)
  const modules = (await modulesOf(workspace)).filter(({ name }) => names.includes(name))
  return [...new Set(modules.flatMap(({ name, version }) => idOf(name, version)))].sort()
}

/** At the root of the workspace, and what lies in the package itself. */
async function modulesOf({ project, root }: ArmWorkspace): Promise<readonly InstalledModule[]> {
  const places = project === root ? [root] : [root, project]
  return (await Promise.all(places.map(installedModules))).flat()
}

export function nodeNames(releases: readonly Release[]): readonly string[] {
  return releases.filter(({ ecosystem }) => ecosystem === 'npm').map(({ name }) => name)
}

/** A release id of what a client says; none when it is no release. */
export function idOf(name: string, version: unknown): readonly ReleaseId[] {
  const release = typeof version === 'string' ? namedRelease('npm', name, version) : null
  return release?.ok ? [formatReleaseId(release.value)] : []
}

/**
 * What asks for a package: the project itself, else the first installed package whose requirement keeps the
 * release out, else any that asks for it. Null when nobody names it.
 */
export async function nodeAsks(
  workspace: ArmWorkspace,
  { name, version }: Pick<Release, 'name' | 'version'>,
): Promise<Ask | null> {
  const own = await readJson(join(workspace.project, 'package.json'))
  const range = rangeIn(own, name)
  if (range !== null)
    return { phrase: `package.json asks for ${name} ${range}`, takes: satisfies(version, range), isOwn: true }
  const asks = (await modulesOf(workspace)).flatMap((one) => {
    const wanted = rangeIn(one.manifest, name, ['dependencies', 'optionalDependencies', 'peerDependencies'])
    const phrase = `${one.name}@${one.version} asks for ${name} ${wanted}`
    return wanted === null ? [] : [{ phrase, takes: satisfies(version, wanted), isOwn: false }]
  })
  return asks.find(({ takes }) => !takes) ?? asks[0] ?? null
}

function rangeIn(manifest: unknown, name: string, groups: readonly string[] = GROUPS): string | null {
  for (const group of groups) {
    const range = fieldOf(fieldOf(manifest, group), name)
    if (typeof range === 'string') return range
  }
  return null
}
