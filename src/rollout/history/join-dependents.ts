import { canonicalJson } from './canonical-json.ts'
import type { DependentRef } from './dependent-ref.ts'
import type { PullRequestRef } from './event.ts'
import type { RolloutState } from './state.ts'

/** Keeps the last look at each pull request. */
export function joinPullRequests(state: RolloutState, found: readonly PullRequestRef[]): RolloutState {
  const byKey = new Map(state.pullRequests.map((ref) => [`${ref.repositoryId}#${ref.number}`, ref]))
  let changed = false
  for (const ref of found) {
    const key = `${ref.repositoryId}#${ref.number}`
    const present = byKey.get(key)
    if (present !== undefined && orderPullRequests(present, ref) >= 0) continue
    byKey.set(key, ref)
    changed = true
  }
  if (!changed) return state
  const pullRequests = [...byKey.values()].sort(
    (left, right) => order(left.repositoryId, right.repositoryId) || left.number - right.number,
  )
  return { ...state, pullRequests }
}

/** A merge stays, whatever another clock says of an earlier look; else the last look wins. */
function orderPullRequests(left: PullRequestRef, right: PullRequestRef): number {
  return (
    Number(left.status === 'merged') - Number(right.status === 'merged') ||
    (left.observedAt ?? 0) - (right.observedAt ?? 0) ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

/** A repository is kept under the greatest of its names, so that order does not matter. */
export function joinShownTo(state: RolloutState, found: readonly DependentRef[]): RolloutState {
  const byId = new Map(state.shownTo.map((ref) => [ref.repositoryId, ref]))
  let changed = false
  for (const ref of found) {
    const present = byId.get(ref.repositoryId)
    if (present !== undefined && order(present.repository, ref.repository) >= 0) continue
    byId.set(ref.repositoryId, ref)
    changed = true
  }
  if (!changed) return state
  const shownTo = [...byId.values()].sort((left, right) => order(left.repositoryId, right.repositoryId))
  return { ...state, shownTo }
}

function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
