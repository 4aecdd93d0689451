import { realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fieldOf, readJson } from '../../../registries/project/read-json.ts'
import { namedRelease } from '../../../registries/slipway-index/named-release.ts'
import { formatReleaseId, type Release, type ReleaseId } from '../../../versions/release.ts'

/**
 * Every version of the named packages under `node_modules`, read from the packages themselves: at the top
 * and wherever npm's own record of the tree says that there is a copy. A workspace, a folder or file of the
 * project and a copy bundled in another package did not come from the arm's index, so they prove nothing.
 */
export async function installedNpm(
  project: string,
  releases: readonly Release[],
): Promise<readonly ReleaseId[]> {
  const record = await readJson(join(project, 'node_modules', '.package-lock.json'))
  const ids = new Set<ReleaseId>()
  for (const { ecosystem, name } of releases) {
    if (ecosystem !== 'npm') continue
    const places = new Set([`node_modules/${name}`, ...placesOf(record, name)])
    for (const place of places) {
      if (isLocal(fieldOf(fieldOf(record, 'packages'), place))) continue
      if (await leadsOutside(project, place)) continue
      const manifest = await readJson(join(project, place, 'package.json'))
      if (fieldOf(manifest, 'name') === name) addRelease(ids, name, fieldOf(manifest, 'version'))
    }
  }
  return [...ids].sort()
}

/** Every version of the named packages that the project's lockfile chose. */
export async function lockedNpm(
  project: string,
  releases: readonly Release[],
): Promise<readonly ReleaseId[]> {
  const lock =
    (await readJson(join(project, 'npm-shrinkwrap.json'))) ??
    (await readJson(join(project, 'package-lock.json')))
  const packages = fieldOf(lock, 'packages')
  const ids = new Set<ReleaseId>()
  for (const { ecosystem, name } of releases) {
    if (ecosystem !== 'npm') continue
    for (const place of placesOf(lock, name)) {
      const entry = fieldOf(packages, place)
      if (!isLocal(entry)) addRelease(ids, name, fieldOf(entry, 'version'))
    }
  }
  return [...ids].sort()
}

/** Whether an entry of a lockfile says that the package came with the project or inside of another package. */
function isLocal(entry: unknown): boolean {
  const resolved = fieldOf(entry, 'resolved')
  if (typeof resolved === 'string' && !/^https?:/.test(resolved)) return true
  // What the project itself bundles was downloaded and says from where.
  const isInside = fieldOf(entry, 'inBundle') === true && resolved === undefined
  return fieldOf(entry, 'link') === true || isInside
}

/** Whether a place is a link to something that no client installed, such as a workspace of any client. */
async function leadsOutside(project: string, place: string): Promise<boolean> {
  const real = await realpath(join(project, place)).catch(() => null)
  return (
    real === null ||
    !relative(await realpath(project), real)
      .split(sep)
      .includes('node_modules')
  )
}

/** Paths in a lockfile under which a package lies; an alias says its real name. */
function placesOf(lock: unknown, name: string): readonly string[] {
  const packages = fieldOf(lock, 'packages')
  if (typeof packages !== 'object' || packages === null) return []
  return Object.entries(packages)
    .filter(([place, entry]) => {
      const real = fieldOf(entry, 'name')
      return real === undefined ? place.endsWith(`node_modules/${name}`) : real === name
    })
    .map(([place]) => place)
    .filter((place) => place.includes('node_modules/') && !place.includes('..'))
}

function addRelease(ids: Set<ReleaseId>, name: string, version: unknown): void {
  if (typeof version !== 'string') return
  const release = namedRelease('npm', name, version)
  if (release.ok) ids.add(formatReleaseId(release.value))
}
