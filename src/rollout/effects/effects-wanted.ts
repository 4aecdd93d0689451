import { armsToDispatch } from '../../gates/canaries/arm-pair.ts'
import { searchOf, tryOf } from '../../gates/canaries/bisect.ts'
import { judge } from '../../gates/canaries/comparison.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import type { CanariesRule } from '../../gates/policy.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canariesRuleOf } from '../deciding/evaluate.ts'
import { explain } from '../explaining/explain.ts'
import type { Explanation } from '../explaining/explanation.ts'
import type { Sha256Hex } from '../history/chain.ts'
import type { PullRequestRef } from '../history/event.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { askedEffects } from './asked-effects.ts'
import type { Effect } from './effect.ts'
import { reminders } from './reminders.ts'
import {
  commitEffects,
  findUpdatePullRequests,
  hiddenCanaries,
  issueDigest,
  movesDigest,
  notices,
} from './told-effects.ts'

/**
 * Everything outside that should be so now. Standing effects carry the digest of the explanation, so they are
 * wanted again exactly when what they show has changed. The hash is handed in because this part is pure.
 * `world`: all rollouts of its packages, newest first, as for `explain`.
 */
export function effectsWanted(
  state: RolloutState,
  now: number,
  sha256Hex: Sha256Hex,
  world: readonly RolloutState[] = [],
): readonly Effect[] {
  if (state.startedAt === null || state.policy === null || state.end?.direct === true) return []
  const live = isLive(state)
  const dispatches = [...(live ? dispatchesWanted(state, now) : []), ...searchDispatches(state, now)]
  const asked = live ? askedEffects(state, now) : []
  if (state.origin === null) return [...asked, ...dispatches]
  const evidence = [...asked, ...dispatches]
  const { notify } = state.policy
  const explanation = explain(state, now, null, undefined, world)
  const moves = movesDigest(explanation, sha256Hex)
  const pullRequests = state.pullRequests.filter(({ repositoryId, status }) =>
    repositoryId === state.origin?.repositoryId
      ? notify.pullRequests
      : notify.dependents && status !== 'left',
  )
  return [
    ...evidence,
    ...(notify.trackingIssue
      ? [
          ...trackingIssue(state, issueDigest(explanation, moves, sha256Hex), explanation),
          ...reminders(state, now, explanation),
        ]
      : []),
    ...findPullRequests(state),
    ...findUpdatePullRequests(state),
    ...commitEffects(state, moves),
    ...pullRequests.map((ref) => pullRequestComment(state, ref, moves)),
    ...notices(state),
  ]
}

/** One dispatch for each arm (or both at once) of the try that each admitted canary still wants. */
function dispatchesWanted(state: LiveRollout, now: number): readonly Effect[] {
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return []
  return Object.keys(state.canaries).flatMap((id) => dispatchesOf(state, id, rule, now))
}

function dispatchesOf(state: LiveRollout, id: string, rule: CanariesRule, now: number): readonly Effect[] {
  const canary = state.canaries[id]
  if (canary === undefined || canary.entry.mode !== 'dispatch' || canary.entry.admission === 'none') return []
  const { wantsTry } = judge(canary, state.members, rule, now)
  if (wantsTry === null) return []
  return dispatchOf(state.id, canary, wantsTry)
}

/** The runs that searches for the first bad release want, also after the end. */
function searchDispatches(state: RolloutState, now: number): readonly Effect[] {
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return []
  return state.searching.flatMap((id) => {
    const canary = ownEntry(state.canaries, id)
    if (canary === undefined || canary.entry.mode !== 'dispatch') return []
    const wantsTry = searchOf(canary, rule, now)?.wantsTry ?? null
    return wantsTry === null ? [] : dispatchOf(state.id, canary, wantsTry)
  })
}

function dispatchOf(rollout: string, canary: CanaryFacts, wantsTry: number): readonly Effect[] {
  const { id } = canary.entry
  return armsToDispatch(canary.entry, tryOf(canary, wantsTry)).map((arm) => ({
    kind: 'dispatch',
    mode: 'once',
    key: `${rollout}/dispatch/${id}:${arm}/${wantsTry}`,
    rollout,
    canary: id,
    try: wantsTry,
    arm,
  }))
}

/** The issue, and a comment for every transition but the start, which the issue itself tells. */
function trackingIssue(state: RolloutState, digest: string, explanation: Explanation): readonly Effect[] {
  const rollout = state.id
  const hidden = hiddenCanaries(explanation)
  const said = hidden === 0 ? 'done' : `done, without ${hidden} names`
  const comments = state.transitions
    .filter(({ type }) => type !== 'started')
    .map(({ version }) => {
      const key = `${rollout}/transition-comment/${version}/0`
      return { kind: 'transition-comment', mode: 'standing', key, rollout, version, digest: said } as const
    })
  const key = `${rollout}/tracking-issue/issue/0`
  return [{ kind: 'tracking-issue', mode: 'standing', key, rollout, digest }, ...comments]
}

function findPullRequests(state: RolloutState): readonly Effect[] {
  const { origin, policy, id: rollout } = state
  if (origin === null || origin.commit === null || policy?.notify.pullRequests !== true) return []
  const key = `${rollout}/find-pull-requests/${origin.repositoryId}/0`
  return [{ kind: 'find-pull-requests', mode: 'once', key, rollout }]
}

function pullRequestComment(state: RolloutState, pullRequest: PullRequestRef, digest: string): Effect {
  const subject = `${pullRequest.repositoryId}#${pullRequest.number}`
  const key = `${state.id}/pull-request-comment/${subject}/0`
  return { kind: 'pull-request-comment', mode: 'standing', key, rollout: state.id, pullRequest, digest }
}
