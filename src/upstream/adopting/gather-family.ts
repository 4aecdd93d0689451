import type { Dependency } from '../../catalog/dependencies.ts'
import { asksOf, cameTogether, kinFinder } from '../../catalog/overlaid/family.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { OverlayNotes } from '../../ports/upstream.ts'
import type { PackageId } from '../../versions/release.ts'
import { pinnedVersion, satisfiesRange } from '../../versions/version-range.ts'
import type { OverlaySource } from '../create-overlay.ts'
import { ecosystemOfId as ecosystemOf } from '../fetch-package.ts'

/** Packages of a family at most. */
const mostMembers = 500
/** Asked for at the same time. */
const atOnce = 4

export interface GatherParts {
  readonly overlay: Pick<OverlaySource, 'open' | 'peek' | 'refresh' | 'ruleOf'>
  readonly notes: Pick<OverlayNotes, 'list'>
}

/**
 * The packages that came out together with a version of a package, by the same `adopt` rule: those that may be its
 * kin are asked for once more, because their new documents may not have been fetched yet. Known are packages that
 * somebody asked for here, and what a release of the family pins. Without the package itself, in a fixed order.
 */
export async function gatherFamily(
  { overlay, notes }: GatherParts,
  own: OverlaidPackage,
  version: string,
): Promise<readonly PackageId[]> {
  const rule = overlay.ruleOf(own.record.id)
  const isOfRule = (id: PackageId) => overlay.ruleOf(id) === rule
  const known = new Set((await notes.list()).filter(isOfRule))
  const read = new Map<PackageId, OverlaidPackage>()
  await inLots([...known], async (id) => {
    // What is not in memory is fetched from disk where its name alone makes it likely.
    const { package: one = null } =
      overlay.peek(id) ?? (sameScope(id, own.record.id) ? await overlay.open(id) : null) ?? {}
    if (one !== null) read.set(id, one)
  })
  const found = new Map<PackageId, OverlaidPackage>([[own.record.id, own]])
  const lookAnew = async (id: PackageId) => {
    const fresh = (await overlay.refresh(id))?.package
    if (fresh !== undefined) read.set(id, fresh)
  }
  // Grows while it is gone through.
  for (const one of found.values()) {
    const named = namedBy(one, version).filter((id) => isOfRule(id) && !found.has(id))
    await inLots(
      named.filter((id) => known.has(id) || pins(one, id, version)),
      lookAnew,
    )
    const isKin = kinFinder(one, version)
    const kin = [...read.values()].filter((other) => !found.has(other.record.id) && isKin(other))
    const ids = kin.map(({ record }) => record.id).slice(0, mostMembers - found.size)
    await inLots(ids, lookAnew)
    for (const id of ids) {
      const member = read.get(id)
      if (member !== undefined) found.set(id, member)
    }
  }
  found.delete(own.record.id)
  return [...found]
    .filter(([, other]) => cameTogether(own, other, version))
    .map(([id]) => id)
    .sort()
}

/** What a version asks for that its own number fits: such packages often move in step. */
function namedBy(one: OverlaidPackage, version: string): readonly PackageId[] {
  return asksOf(one, version)
    .filter(({ package: id, range }) => satisfiesRange(ecosystemOf(id), version, range))
    .map(({ package: id }) => id)
}

function pins(one: OverlaidPackage, id: PackageId, version: string): boolean {
  const range = asksOf(one, version).find((dependency) => dependency.package === id)?.range ?? ''
  return pinnedVersion(ecosystemOf(id), range) === version
}

function sameScope(one: PackageId, other: PackageId): boolean {
  const scope = /^npm:@[^/]+\//.exec(one)?.[0]
  return scope !== undefined && other.startsWith(scope)
}

/**
 * Reads the packages of which a release needs something newer than everybody has, so that nobody is shown it without
 * them: whoever installs it asks for them in a moment. Gives those that a rule stages.
 */
export async function readNeeded(
  { overlay }: Pick<GatherParts, 'overlay'>,
  needs: readonly Dependency[],
): Promise<readonly PackageId[]> {
  const staged = needs.filter(({ package: id, optional }) => !optional && overlay.ruleOf(id) !== null)
  const ids = [...new Set(staged.map(({ package: id }) => id))]
  await inLots(ids, async (id) => {
    const needed = staged.filter((need) => need.package === id)
    const { package: read = null } = (await overlay.open(id)) ?? {}
    if (read === null || needed.some(({ range }) => !isThere(read, range))) await overlay.refresh(id)
  })
  return ids
}

function isThere({ record }: OverlaidPackage, range: string): boolean {
  const ecosystem = ecosystemOf(record.id)
  return Object.keys(record.versions).some((version) => satisfiesRange(ecosystem, version, range))
}

async function inLots(ids: readonly PackageId[], work: (id: PackageId) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < ids.length; start += atOnce)
    await Promise.all(ids.slice(start, start + atOnce).map((id) => work(id).catch(() => null)))
}
