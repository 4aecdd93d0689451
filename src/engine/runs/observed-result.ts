import type { ResultFact } from '../../rollout/history/event.ts'
import type { LiveRollout } from '../../rollout/history/phase.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { NaturalRun } from './natural-run.ts'

/** Commits and workflows of one canary that are kept in a round. */
const mostLegs = 256

/**
 * What an ordinary run answers for a canary that is only observed: one arm of the leg `<workflow>@<commit>`, because
 * only runs of one workflow at one commit can be compared. The arm is the one that it is shown to have installed;
 * null where that is none of them, or both.
 */
export function observedResult(state: LiveRollout, run: NaturalRun, now: number): ResultFact | null {
  const canary = ownEntry(state.canaries, run.repositoryId)
  if (canary === undefined || canary.entry.mode !== 'observe' || run.commit === null) return null
  const installed = new Set(run.installed)
  const candidates = state.members.filter(({ candidate }) => installed.has(candidate))
  const baselines = state.members.filter(({ baseline }) => baseline !== null && installed.has(baseline))
  if ((candidates.length === 0) === (baselines.length === 0)) return null
  const arm = candidates.length > 0 ? 'candidate' : 'baseline'
  const leg = `${workflowOf(run.workflowRef)}@${run.commit.slice(0, 12)}`
  const known = ownEntry(canary.tries, String(canary.firstTry))?.legs ?? {}
  if (ownEntry(known, leg) === undefined && Object.keys(known).length >= mostLegs) return null
  const releases = arm === 'candidate' ? candidates.map(({ candidate }) => candidate) : []
  return {
    canary: run.repositoryId,
    try: canary.firstTry,
    leg,
    arm,
    result: {
      outcome: run.outcome === 'success' ? 'pass' : 'fail',
      installed:
        arm === 'candidate' ? releases : baselines.flatMap(({ baseline }) => (baseline ? [baseline] : [])),
      commit: run.commit,
      runId: run.runId,
      runAttempt: run.runAttempt,
      url: null,
      detail: '',
      observedAt: now,
    },
  }
}

/** `ci.yml` of `owner/name/.github/workflows/ci.yml@refs/heads/main`. */
function workflowOf(workflowRef: string): string {
  return /\/([^/@]{1,100})@/.exec(workflowRef)?.[1] ?? 'workflow'
}
