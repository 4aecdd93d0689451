import type { Arm } from '../../../gates/evidence.ts'
import { packageIdOf, type Release, type ReleaseId } from '../../../versions/release.ts'

const MOST_NAMED = 20

/**
 * What one arm installed that the other one has not, besides the releases under test, which differ by design:
 * `installed only here: npm:left@1.1.0 and 3 more`.
 */
export function differenceOf(
  arm: Arm,
  trees: readonly { readonly arm: Arm; readonly tree: readonly ReleaseId[] }[],
  releases: readonly Release[],
): string {
  const other = trees.find((one) => one.arm !== arm)
  if (other === undefined) return ''
  const theirs = new Set(other.tree)
  const tested = releases.map(packageIdOf)
  const only = (trees.find((one) => one.arm === arm)?.tree ?? []).filter(
    (id) => !theirs.has(id) && !tested.includes(packageIdOf(id)),
  )
  if (only.length === 0) return ''
  const more = only.length > MOST_NAMED ? ` and ${only.length - MOST_NAMED} more` : ''
  return `installed only here: ${only.slice(0, MOST_NAMED).join(', ')}${more}`
}
