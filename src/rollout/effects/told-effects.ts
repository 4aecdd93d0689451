import type { Explanation } from '../explaining/explanation.ts'
import { canonicalJson } from '../history/canonical-json.ts'
import type { Sha256Hex } from '../history/chain.ts'
import { hadItOn } from '../history/had-it-on.ts'
import type { RolloutState } from '../history/state.ts'
import { deploymentState } from './deployment-state.ts'
import type { Effect } from './effect.ts'

/** The tracking issue follows the canaries in so many steps, however many there are: a forge counts writes. */
const progressSteps = 4

/**
 * What makes the tracking issue be written again: what moves the short texts, where the other live releases are,
 * and every quarter of the evidence.
 */
export function issueDigest(explanation: Explanation, moves: string, sha256Hex: Sha256Hex): string {
  const { coverage, canaries, others } = explanation
  const steps =
    coverage.admitted === 0 ? 0 : Math.floor((progressSteps * coverage.decided) / coverage.admitted)
  const conditions = canaries.flatMap(({ id, condition }) =>
    condition === null ? [] : [[id, condition.state]],
  )
  const searches = canaries.flatMap(({ id, bisect }) => (bisect === undefined ? [] : [[id, bisect.suspects]]))
  const beside = others.map(({ rollout, phase, percent, stands }) => [rollout, phase, percent, stands])
  return sha256Hex(canonicalJson({ moves, steps, conditions, searches, beside }))
}

/**
 * What short texts show of an explanation: they are written again when the rollout moves, a gate changes its
 * answer or a canary breaks, not at every result.
 */
export function movesDigest(explanation: Explanation, sha256Hex: Sha256Hex): string {
  const { phase, percent, next, blocked, gates, canaries, history } = explanation
  const loud = canaries.filter(({ comparison }) => ['regressed', 'newly-flaky'].includes(comparison.kind))
  return sha256Hex(
    canonicalJson({
      phase,
      percent,
      next,
      blocked,
      answers: gates.map(({ gate, answer }) => [gate, answer]),
      loud: loud.map(({ label, comparison }) => [label, comparison.kind]),
      transitions: history.length,
      hidden: hiddenCanaries(explanation),
    }),
  )
}

/** Canaries that are private: one that becomes so takes its name and its words out of what was written before. */
export function hiddenCanaries({ canaries }: Explanation): number {
  return canaries.filter(({ id, label }) => id === label).length
}

/** The check run on the release commit and a deployment for each stage that was entered. */
export function commitEffects(state: RolloutState, digest: string): readonly Effect[] {
  const { id: rollout, origin, policy } = state
  const commit = origin?.commit ?? null
  if (commit === null || policy === null) return []
  const check: Effect = {
    kind: 'check-run',
    mode: 'standing',
    key: `${rollout}/check-run/${commit}/0`,
    rollout,
    commit,
    digest,
  }
  const deployments = policy.stages.flatMap((_, stage): readonly Effect[] => {
    const reached = deploymentState(state, stage)
    if (reached === null) return []
    const key = `${rollout}/deployment/${stage}/0`
    return [{ kind: 'deployment', mode: 'standing', key, rollout, commit, stage, digest: reached }]
  })
  return [check, ...deployments]
}

/** One search for dependents' open pull requests when it starts; webhooks tell of later ones. */
export function findUpdatePullRequests({ id: rollout, policy, end }: RolloutState): readonly Effect[] {
  if (policy?.notify.dependents !== true || end !== null) return []
  const key = `${rollout}/find-update-pull-requests/dependents/0`
  return [{ kind: 'find-update-pull-requests', mode: 'once', key, rollout }]
}

/** After a rollback one notice for each dependent that had a candidate on, and a look for those only the index met. */
export function notices(state: RolloutState): readonly Effect[] {
  const { id: rollout, policy, end } = state
  if (end?.kind !== 'rolled-back' || policy?.notify.dependents !== true) return []
  const met = Object.values(state.exposures).some(({ arm, runs }) => arm === 'candidate' && runs > 0)
  const key = `${rollout}/find-shown-to/dependents/0`
  const look: readonly Effect[] = met ? [{ kind: 'find-shown-to', mode: 'once', key, rollout }] : []
  const told = hadItOn(state).map((dependent): Effect => {
    const subject = `${rollout}/notice/${dependent.repositoryId}/0`
    return { kind: 'notice', mode: 'once', key: subject, rollout, dependent }
  })
  return [...look, ...told]
}
