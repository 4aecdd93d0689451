import type { PullRequestRef } from './event.ts'
import type { RolloutState } from './state.ts'

/** How many pull requests of one dependent a rollout knows: one, or one for each folder of a large repository. */
const MOST_OF_ONE = 30
/** How many of all dependents. */
const MOST_OF_ALL = 5000
/** How often one may come and go; a merge counts even then. */
const MOST_LOOKS = 10

/**
 * Which looks at pull requests a rollout has to remember. Whoever has the App sends as many as they like, and each
 * event stays forever: so a look that says nothing new is none, and of each repository, of each pull request and
 * of all together only so many are taken. Those of the owner's own repository come from one search and all count.
 */
export function worthNoting(
  state: RolloutState,
  found: readonly PullRequestRef[],
): readonly PullRequestRef[] {
  const known = new Map(state.pullRequests.map((ref) => [keyOf(ref), ref]))
  const perRepository = new Map<string, number>()
  let all = 0
  const count = (ref: PullRequestRef) => {
    if (ref.bump === undefined) return
    all += 1
    perRepository.set(ref.repositoryId, (perRepository.get(ref.repositoryId) ?? 0) + 1)
  }
  for (const ref of state.pullRequests) count(ref)
  return found.flatMap((ref) => {
    if (ref.bump === undefined) return [ref]
    const present = known.get(keyOf(ref))
    if (present !== undefined) return next(present, ref)
    if (all >= MOST_OF_ALL || (perRepository.get(ref.repositoryId) ?? 0) >= MOST_OF_ONE) return []
    count(ref)
    known.set(keyOf(ref), ref)
    return [ref]
  })
}

/** The look as it is stored after the one before it, if it says anything else. */
function next(present: PullRequestRef, ref: PullRequestRef): readonly PullRequestRef[] {
  const same =
    present.status === ref.status &&
    present.bump?.release === ref.bump?.release &&
    present.bump?.private === ref.bump?.private &&
    present.repository === ref.repository
  const looks = (present.looks ?? 1) + 1
  const merges = ref.status === 'merged' && present.status !== 'merged'
  if (same || (looks > MOST_LOOKS && !merges)) return []
  return [{ ...ref, looks }]
}

function keyOf({ repositoryId, number }: PullRequestRef): string {
  return `${repositoryId}#${number}`
}
