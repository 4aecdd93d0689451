import { cameTogether, kinFinder } from '../../catalog/overlaid/family.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { OverlayNotes } from '../../ports/upstream.ts'
import type { PackageId } from '../../versions/release.ts'
import type { OverlaySource } from '../create-overlay.ts'

/** Packages of a family at most. */
const mostMembers = 500
/** Asked for at the same time. */
const atOnce = 4

export interface GatherParts {
  readonly overlay: Pick<OverlaySource, 'peek' | 'refresh' | 'ruleOf'>
  readonly notes: Pick<OverlayNotes, 'list'>
}

/**
 * The packages that came out together with a version of a package, by the same `adopt` rule: those that may be its
 * kin are asked for once more, because their new documents may not have been fetched yet. Only packages that somebody
 * asked for here are known. Without the package itself, in a fixed order.
 */
export async function gatherFamily(
  { overlay, notes }: GatherParts,
  own: OverlaidPackage,
  version: string,
): Promise<readonly PackageId[]> {
  const rule = overlay.ruleOf(own.record.id)
  const known = (await notes.list()).filter((id) => overlay.ruleOf(id) === rule)
  const others = known.flatMap((id) => overlay.peek(id)?.package ?? [])
  const kin = kinOf(own, others, version)
  for (let start = 0; start < kin.length; start += atOnce)
    await Promise.all(kin.slice(start, start + atOnce).map((id) => overlay.refresh(id).catch(() => null)))
  return kin.filter((id) => {
    const other = overlay.peek(id)?.package
    return other !== undefined && cameTogether(own, other, version)
  })
}

/** Who belongs to it, and who belongs to those. */
function kinOf(
  own: OverlaidPackage,
  others: readonly OverlaidPackage[],
  version: string,
): readonly PackageId[] {
  const found = new Map<PackageId, OverlaidPackage>([[own.record.id, own]])
  // Grows while it is gone through.
  for (const one of found.values()) {
    const isKin = kinFinder(one, version)
    for (const other of others) {
      if (found.size >= mostMembers) break
      if (!found.has(other.record.id) && isKin(other)) found.set(other.record.id, other)
    }
  }
  found.delete(own.record.id)
  return [...found.keys()].sort()
}
