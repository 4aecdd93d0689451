import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { UpstreamRefusal } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { exceptionsFor } from './noting/noted-package.ts'
import type { OverlayParts } from './overlay-parts.ts'
import type { RuleOf } from './rule-finder.ts'

/**
 * A package of which nothing is older than its rule's `newPackage` is not shown at all, pins included: there is nothing
 * to stage it against, and most malicious packages are found within a day. Gives the answer instead, or null.
 */
export type NewPackages = (id: PackageId, overlaid: OverlaidPackage) => UpstreamRefusal | null

/** Says each package once in the log. Without upload times nothing is known to be new. */
export function createNewPackages(
  { clock, log, settings }: Pick<OverlayParts, 'clock' | 'log' | 'settings'>,
  ruleOf: RuleOf,
): NewPackages {
  const said = new Set<PackageId>()
  const oldest = new WeakMap<OverlaidPackage, number>()
  const oldestOf = (overlaid: OverlaidPackage): number => {
    const known = oldest.get(overlaid)
    if (known !== undefined) return known
    const found = [...overlaid.uploadedAt.values()].reduce((first, at) => Math.min(first, at), Infinity)
    oldest.set(overlaid, found)
    return found
  }
  return (id, overlaid) => {
    const rule = ruleOf(id)
    if (rule === null || rule.newPackageMs === 0) return null
    if (exceptionsFor(settings.exceptions, id, clock.now()).length > 0) return null
    const shownAt = oldestOf(overlaid) + rule.newPackageMs
    if (shownAt === Infinity || clock.now() >= shownAt) return null
    const time = new Date(shownAt).toISOString()
    const detail = `${id} is new at its index and is shown here from ${time} on; an operator can let it in now with "newPackage: 0s" in the rule for ${rule.match}, or by an exception.`
    if (!said.has(id))
      log.warn('a new package is not shown yet', { package: id, shownAt: time, rule: rule.match })
    said.add(id)
    return { status: 404, detail }
  }
}
