import { isWithdrawn } from '../../gates/kinds/publication.ts'
import type { Policy } from '../../gates/policy.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { RolloutState } from '../history/state.ts'
import { audienceOf } from '../starting/stream-of.ts'

/** While it lasts, starts and raises are refused; rollbacks never are. */
export interface Freeze {
  readonly until: number
  readonly rollbacks: number
}

/**
 * Whether a package was taken back automatically as often lately as the policy's `freezeAfter` allows, and until
 * when that counts. What a person or its publisher takes back says nothing about releases that break by themselves, and
 * pre-releases that were taken back say nothing about other streams.
 */
export function freezeOf(
  world: readonly RolloutState[],
  id: PackageId,
  policy: Policy,
  now: number,
): Freeze | null {
  const rule = policy.rollback.freezeAfter
  if (rule === null) return null
  const times = world
    .filter((state) => audienceOf(state.policy) === audienceOf(policy))
    .filter((state) => state.members.some(({ candidate }) => packageIdOf(candidate) === id))
    .filter((state) => !state.members.some(({ candidate }) => isWithdrawn(state, candidate)))
    .flatMap((state) => (state.end?.kind === 'rolled-back' && state.end.automatic ? [state.end.at] : []))
    .filter((at) => now < at + rule.windowMs)
    .sort((left, right) => left - right)
  // It thaws when so many have left the window that fewer than `count` remain.
  const last = times.at(-rule.count)
  return last === undefined ? null : { until: last + rule.windowMs, rollbacks: times.length }
}
