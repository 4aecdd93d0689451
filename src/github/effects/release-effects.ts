import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { CommitMarker, RepositoryReader } from '../../ports/forge.ts'
import { checkRunText, deploymentText } from '../words/release-words.ts'
import { type EffectOf, failed, findRepository, impossible } from './dispatch-effect.ts'

async function owner(forge: RepositoryReader & CommitMarker, { state }: EffectContext) {
  if (state.origin === null) return null
  return findRepository(forge, state.origin.repositoryId, state.origin.repository)
}

const noRepository = 'the rollout has no repository of its own: its package has no owner'
const idOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/** Keeps the one check run on the release commit true: it is found again by its key. */
export async function applyCheckRun(
  forge: RepositoryReader & CommitMarker,
  publicUrl: string,
  effect: EffectOf<'check-run'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const found = await owner(forge, context)
  if (found === null) return impossible(noRepository)
  if (!found.ok) return failed(found.failure)
  const page = `${publicUrl}/rollouts/${effect.rollout}`
  const check = await forge.putCheckRun(found.value, {
    commit: effect.commit,
    key: effect.key,
    url: page,
    knownId: idOf(context.applied?.place.checkRun),
    startedAt: context.state.startedAt ?? context.now,
    completedAt: context.state.end?.at ?? null,
    ...checkRunText(context.explanation, { page, trackingIssue: null }, context.now),
  })
  if (!check.ok) return failed(check.failure)
  return { ok: true, place: { repositoryId: found.value.id, checkRun: check.value.id }, signals: [] }
}

/** Keeps the deployment of one stage in the state that the rollout gives it. */
export async function applyDeployment(
  forge: RepositoryReader & CommitMarker,
  publicUrl: string,
  effect: EffectOf<'deployment'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const found = await owner(forge, context)
  if (found === null) return impossible(noRepository)
  if (!found.ok) return failed(found.failure)
  const stage = context.explanation.stages[effect.stage]
  if (stage === undefined) return impossible(`the rollout has no stage ${effect.stage}`)
  const deployment = await forge.putDeployment(found.value, {
    commit: effect.commit,
    key: effect.key,
    url: `${publicUrl}/rollouts/${effect.rollout}`,
    knownId: idOf(context.applied?.place.deployment),
    state: effect.digest,
    everybody: stage.percent === 100,
    ...deploymentText(context.explanation, stage, effect.digest),
  })
  if (!deployment.ok) return failed(deployment.failure)
  return { ok: true, place: { repositoryId: found.value.id, deployment: deployment.value.id }, signals: [] }
}
