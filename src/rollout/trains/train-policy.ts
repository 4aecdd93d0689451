import type { Policy } from '../../gates/policy.ts'
import { sameJson } from '../history/canonical-json.ts'

/**
 * The policy of packages that roll out together: theirs, which is one but for how each of them is tagged; null where they
 * differ in more.
 */
export function trainPolicy(policies: readonly Policy[]): Policy | null {
  const [first] = policies
  if (first === undefined || policies.some((other) => !sameButTags(other, first))) return null
  return { ...first, tags: [...new Set(policies.flatMap(({ tags }) => tags))] }
}

function sameButTags(one: Policy, other: Policy): boolean {
  return sameJson({ ...one, tags: [] }, { ...other, tags: [] })
}
