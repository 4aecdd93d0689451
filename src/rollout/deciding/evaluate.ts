import { judge } from '../../gates/canaries/comparison.ts'
import { type Evaluation, evaluateGates } from '../../gates/evaluate-gates.ts'
import type { GateFacts } from '../../gates/evidence.ts'
import type { CanariesRule, Policy, Stage } from '../../gates/policy.ts'
import type { LiveRollout } from '../history/phase.ts'

/**
 * The stage a live rollout is at, with the bake that holds for it. Its index never leaves the ladder, or the history
 * is broken. Up to the share that it had before it was lowered, or that a person lets it catch up with, it bakes
 * `catchUp`: those stages were baked before. So it does up to the share of an older live release that it is like, once
 * a canary has shown that it works.
 */
export function currentStage(state: LiveRollout): Stage {
  const stage = state.policy.stages[state.stageIndex]
  if (stage === undefined)
    throw new Error(`${state.id} is at stage ${state.stageIndex}, which does not exist`)
  const { catchUpMs } = state.policy.pace
  if (catchUpMs === null) return stage
  const upTo = Math.max(state.loweredFrom, state.catchUpTo)
  const isBaked = upTo > 0 && stage.basisPoints <= upTo
  const isKnown = state.reached > 0 && stage.basisPoints <= state.reached && isTested(state)
  if (!isBaked && !isKnown) return stage
  return withBakeOf(stage, { bakeMs: catchUpMs })
}

/** The stage with the shorter of both bakes. */
export function withBakeOf(stage: Stage, like: Pick<Stage, 'bakeMs' | 'bakeLeastMs'>): Stage {
  const bakeMs = Math.min(stage.bakeMs, like.bakeMs)
  const least = [stage.bakeLeastMs, like.bakeLeastMs].filter((ms) => ms !== undefined)
  return least.length === 0
    ? { ...stage, bakeMs }
    : { ...stage, bakeMs, bakeLeastMs: Math.min(bakeMs, ...least) }
}

/** Whether an admitted canary has decided for it: nothing is hurried that nobody tried. */
function isTested(state: LiveRollout): boolean {
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return false
  return Object.values(state.canaries).some((canary) => {
    if (canary.entry.admission === 'none') return false
    const { kind } = judge(canary, state.members, rule, state.stageEnteredAt)
    return kind === 'same-pass' || kind === 'fixed'
  })
}

/** Asks the gates of the current stage. */
export function evaluate(state: LiveRollout, now: number): Evaluation {
  return evaluateGates(currentStage(state), gateFactsOf(state), now, state.origin?.repositoryId ?? null)
}

/** What gates may look at. */
export function gateFactsOf(state: LiveRollout): GateFacts {
  return {
    releases: state.members,
    stageIndex: state.stageIndex,
    stageEnteredAt: state.stageEnteredAt,
    unwatchedMs: state.unwatchedMs,
    startedAt: state.startedAt,
    automaticRollback: state.policy.rollback.automatic,
    canaries: state.canaries,
    blockers: state.blockers,
    repository: state.origin?.repository ?? null,
    blockerSearch: state.blockerSearch,
    commit: state.origin?.commit ?? null,
    checks: state.checks,
    checkSearch: state.checkSearch,
    advisorySearch: state.advisorySearch,
    advisories: state.advisories,
    http: state.http,
    compares: state.compares,
    contents: state.contents,
    findingAnswers: state.findingAnswers,
    exposures: state.exposures,
    runsAtEntry: state.runsAtEntry,
    approvals: state.approvals,
    holds: state.holds,
    publications: state.publications,
    dismissals: state.dismissals,
    forgeRelease: state.forgeRelease,
  }
}

/** The canary rule in force: the current stage's, else that of the nearest stage that has one, later ones first. */
export function canariesRuleOf(policy: Policy, stageIndex: number): CanariesRule | null {
  const ahead = policy.stages.slice(stageIndex)
  const behind = policy.stages.slice(0, stageIndex).reverse()
  return [...ahead, ...behind].find((stage) => stage.gates.canaries !== undefined)?.gates.canaries ?? null
}
