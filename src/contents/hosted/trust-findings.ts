import { compareTrust, newNamesIn, youngDependencies } from '../../catalog/trust/compare-trust.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import { packageIdOf } from '../../versions/release.ts'
import { type Comparison, type Finding, findingOf } from '../compare-releases.ts'
import type { Shelf, ShelvedRelease } from './shelf.ts'

interface Looked {
  readonly before: ShelvedRelease
  readonly after: ShelvedRelease
  readonly to: ReleaseId
  /** What the files showed: which requirements are new. */
  readonly found: Comparison
  readonly shelves: readonly Shelf[]
  /** Hosted here: an operator let it in. */
  readonly isOwn: (id: PackageId) => Promise<boolean>
}

/** What a release no longer has of what vouched for the one before it. */
export async function trustFindings({
  before,
  after,
  to,
  found,
  shelves,
  isOwn,
}: Looked): Promise<readonly Finding[]> {
  const [ecosystem = '', ownName = ''] = splitOnce(packageIdOf(to))
  const dependencies = []
  for (const name of newNamesIn(found.findings)) {
    const id = `${ecosystem}:${name}`
    if (!(await isOwn(id))) dependencies.push({ name, firstAt: await firstAtOf(shelves, id) })
  }
  const files = after.files.map(({ name }) => name).sort()
  const all = [
    ...compareTrust(await before.trust(), await after.trust(), files),
    ...(after.at === 0 ? [] : youngDependencies(ownName, dependencies, after.at)),
  ]
  return all.map(({ code, what }) => findingOf(code, what, found.change))
}

async function firstAtOf(shelves: readonly Shelf[], id: PackageId): Promise<number | null> {
  for (const shelf of shelves) {
    const at = await shelf.firstAt(id)
    if (at !== null) return at
  }
  return null
}

function splitOnce(id: PackageId): readonly [string, string] {
  const at = id.indexOf(':')
  return [id.slice(0, at), id.slice(at + 1)]
}
