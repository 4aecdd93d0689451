import type { RolloutState } from '../history/state.ts'

/** What a stage's deployment says, in GitHub's words. */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive'

/**
 * The deployment of a stage that was entered: under way while it is the current one, a success once it was passed.
 * Of a release that was taken back the stage it reached is a failure and those before are inactive; after any other
 * end without everybody having it, all are inactive. Null for a stage that was never entered.
 */
export function deploymentState(
  { stageIndex, startedAt, end }: Pick<RolloutState, 'stageIndex' | 'startedAt' | 'end'>,
  stage: number,
): DeploymentState | null {
  if (startedAt === null || stage > stageIndex) return null
  if (end === null) return stage === stageIndex ? 'in_progress' : 'success'
  if (end.kind === 'completed') return 'success'
  return end.kind === 'rolled-back' && stage === stageIndex ? 'failure' : 'inactive'
}
