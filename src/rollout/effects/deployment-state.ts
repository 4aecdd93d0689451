import type { RolloutState } from '../history/state.ts'

/** What a stage's deployment says, in GitHub's words. */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive'

/**
 * The deployment of a stage that was entered: under way while it is the current one, a success once it was passed.
 * Of a release that was taken back the stage it reached is a failure and those before are inactive; after any other
 * end without everybody having it, all are inactive, as are those that were lowered from. Null for a stage that was never entered.
 */
export function deploymentState(
  state: Pick<RolloutState, 'stageIndex' | 'startedAt' | 'end' | 'loweredFrom' | 'policy'>,
  stage: number,
): DeploymentState | null {
  const { stageIndex, startedAt, end } = state
  if (startedAt === null) return null
  if (stage > stageIndex) return wasLoweredFrom(state, stage) ? 'inactive' : null
  if (end === null) return stage === stageIndex ? 'in_progress' : 'success'
  if (end.kind === 'completed') return 'success'
  return end.kind === 'rolled-back' && stage === stageIndex ? 'failure' : 'inactive'
}

function wasLoweredFrom(
  { policy, loweredFrom }: Pick<RolloutState, 'policy' | 'loweredFrom'>,
  stage: number,
) {
  const basisPoints = policy?.stages[stage]?.basisPoints
  return basisPoints !== undefined && basisPoints <= loweredFrom
}
