import { info } from '@actions/core'
import { apiClient } from '../registries/slipway-index/api-client.ts'
import { accessInput, failForAnswer, rolloutInput } from './action-input.ts'
import { sayPlace, showRollout } from './rollout-output.ts'
import { statusInRefs } from './serverless/steer-in-refs.ts'
import { isServerless } from './serverless/world-of-run.ts'

/** `status`: reads one rollout into the outputs and the job summary. */
export async function statusStep(): Promise<void> {
  if (isServerless()) return statusInRefs()
  const access = accessInput()
  const id = rolloutInput()
  const answer = await apiClient(access).rollout(id)
  if (!answer.ok) throw failForAnswer(answer.failure)
  info(`${id}: ${sayPlace(answer.value)}. ${answer.value.explanation.sentence}`)
  await showRollout(access.server, answer.value)
}
