import { exposuresOf } from '../../catalog/views/exposure.ts'
import { packageViews, viewDelta, visibilityOf } from '../../catalog/views/package-views.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { HttpProblem } from '../http/problem.ts'

/**
 * Why a version may not be yanked, or null. Clients pass over yanked versions, and no view is without an
 * installable one: yanking the last version that everybody gets would show a staged one to all.
 */
export function yankRefusal(
  before: PackageRecord,
  after: PackageRecord,
  rollouts: readonly RolloutState[],
  version: string,
): HttpProblem | null {
  if (before.id.startsWith('npm:')) return null
  const hidden = hiddenOf(before, rollouts)
  const stillHidden = hiddenOf(after, rollouts)
  const revealed = [...hidden].find((other) => !stillHidden.has(other))
  if (revealed === undefined) return null
  const detail = `${before.id}@${version} is the only full release that can be installed: without it everybody would get ${revealed}, which is still rolling out. Advance or roll back ${revealed} first.`
  return {
    status: 409,
    detail,
    field: 'version',
    value: version,
    expected: `an end of the rollout of ${revealed}`,
  }
}

function hiddenOf(pkg: PackageRecord, rollouts: readonly RolloutState[]): ReadonlySet<string> {
  const views = packageViews(pkg, exposuresOf(pkg.id, rollouts))
  return visibilityOf(
    views,
    viewDelta(views, { kind: 'stable' }, () => 0),
  ).hidden
}
