import { isProjectKey } from '../../gates/canaries/project-key.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import type { DependentRef } from './dependent-ref.ts'
import type { PullRequestRef } from './event.ts'
import type { RolloutState } from './state.ts'

/**
 * The dependents that had a candidate on, ascending by repository id: canaries whose run was started or answered,
 * repositories whose pull request to it is merged, and those whose own runs met it through the index. The owner's
 * repository is none of them; it has the tracking issue. An open pull request is told by its comment.
 */
export function hadItOn(state: RolloutState): readonly DependentRef[] {
  const found = new Map<string, DependentRef>()
  const add = ({ repositoryId, repository }: DependentRef): void => {
    if (repositoryId !== state.origin?.repositoryId) found.set(repositoryId, { repositoryId, repository })
  }
  for (const ref of state.pullRequests) if (isMergedBump(ref)) add(ref)
  for (const ref of state.shownTo) add(ref)
  for (const canary of Object.values(state.canaries)) {
    // Nobody can be written to in a project of another CI.
    if (hasRun(canary) && !isProjectKey(canary.entry.id))
      add({ repositoryId: canary.entry.id, repository: canary.entry.repo })
  }
  return [...found.values()].sort((a, b) => (a.repositoryId < b.repositoryId ? -1 : 1))
}

function isMergedBump({ bump, status }: PullRequestRef): boolean {
  return bump !== undefined && status === 'merged'
}

/** Whether a canary's tests were started with a candidate, as far as is known. */
export function hasRun({ tries }: Pick<CanaryFacts, 'tries'>): boolean {
  return Object.values(tries).some(
    ({ dispatches, legs }) =>
      Object.values(dispatches).some(({ failure }) => failure === null) || Object.keys(legs).length > 0,
  )
}
