import { yankRefusal } from '../../src/server/pypi/yank-refusal.ts'
import { schemeOf } from '../../src/versions/scheme-of.ts'
import type { Luck } from './luck.ts'
import type { SimWorld } from './sim-world.ts'

/**
 * What somebody publishes after these: mostly the next minor, often a hotfix of the newest, now and then a fix of an
 * older line or the next major.
 */
export function nextVersion(versions: readonly string[], luck: Luck): string {
  const { compare } = schemeOf('npm')
  const sorted = versions.toSorted(compare)
  const [newest] = sorted.slice(-1)
  if (newest === undefined) return '1.0.0'
  const [major = 1, minor = 0, patch = 0] = newest.split('.').map(Number)
  const older = luck.pick([newest, ...sorted])
  const next = luck.pick([
    `${major}.${minor + 1}.0`,
    `${major}.${minor + 1}.0`,
    `${major}.${minor}.${patch + 1}`,
    `${major}.${minor}.${patch + 1}`,
    fixOf(older, versions),
    fixOf(older, versions),
    `${major + 1}.0.0`,
  ])
  return versions.includes(next) ? `${major + 1}.0.0` : next
}

/** The patch after the last one of a version's line. */
function fixOf(version: string, versions: readonly string[]): string {
  const [major, minor] = version.split('.')
  const line = versions.filter((other) => other.startsWith(`${major}.${minor}.`))
  const last = Math.max(...line.map((other) => Number(other.split('.')[2])))
  return `${major}.${minor}.${last + 1}`
}

/** Its publisher yanks or deprecates a version, or takes that back; the server refuses what would leave only candidates. */
export async function withdrawSomething(world: SimWorld): Promise<void> {
  const { luck, packageId, stores } = world
  const pkg = await stores.packages.get(packageId)
  const [first, ...others] = Object.values(pkg?.versions ?? {})
  if (pkg === null || first === undefined) return
  const chosen = luck.pick([first, ...others])
  const withdrawn = chosen.withdrawn === null ? 'broken' : null
  const versions = { ...pkg.versions, [chosen.version]: { ...chosen, withdrawn } }
  const next = { ...pkg, versions, revision: pkg.revision + 1 }
  const rollouts = (await world.up()).engine.rolloutsOf(packageId)
  if (yankRefusal(pkg, next, rollouts, chosen.version) !== null) return
  await stores.packages.put(next, pkg.revision)
  world.withdrew = true
  world.note(`${withdrawn === null ? 'gives again' : 'withdraws'} ${chosen.version}`)
}

/** `npm dist-tag`: latest or another name points somewhere else. */
export async function tagSomething(world: SimWorld): Promise<void> {
  const { luck, packageId, stores } = world
  const pkg = await stores.packages.get(packageId)
  const [first, ...others] = Object.keys(pkg?.versions ?? {})
  if (pkg === null || first === undefined || packageId !== 'npm:demo') return
  const tag = luck.pick(['latest', 'next', 'next'])
  const version = luck.pick([first, ...others])
  const tags = { ...pkg.tags, [tag]: version }
  await stores.packages.put({ ...pkg, tags, revision: pkg.revision + 1 }, pkg.revision)
  world.note(`tags ${version} as ${tag}`)
}
