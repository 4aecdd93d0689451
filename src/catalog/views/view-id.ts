import type { RolloutId } from '../../rollout/history/event.ts'

/** More live releases of one package than anybody has, and an address of less than two kilobytes. */
const mostRollouts = 100

const pattern = /^[a-z2-7]{16}(?:\.[a-z2-7]{16})*$/

/**
 * The id of a view (DESIGN.md section 2): `stable`, or the ids of the rollouts that it shows, sorted, without `ro-`,
 * joined by `.`.
 */
export function viewIdOf(rollouts: Iterable<RolloutId>): string {
  const ids = [...new Set(rollouts)].map((id) => id.slice('ro-'.length)).sort()
  return ids.length === 0 ? 'stable' : ids.join('.')
}

/** The rollouts that a view id names; null for every other text, also for another spelling of the same view. */
export function parseViewId(text: string): ReadonlySet<RolloutId> | null {
  if (text === 'stable') return new Set()
  if (!pattern.test(text) || text.length >= mostRollouts * 17) return null
  const ids = new Set(text.split('.').map((id): RolloutId => `ro-${id}`))
  return viewIdOf(ids) === text ? ids : null
}
