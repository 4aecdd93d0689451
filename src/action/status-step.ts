import { getInput, info, setSecret } from '@actions/core'
import { apiClient } from '../registries/slipway-index/api-client.ts'
import { neededInput, StepFailure, serverInput } from './action-input.ts'
import { rolloutSummary, setRolloutOutputs, writeSummary } from './rollout-output.ts'

/** `status`: reads one rollout into the outputs and the job summary. */
export async function statusStep(): Promise<void> {
  const token = getInput('token')
  if (token !== '') setSecret(token)
  const server = serverInput()
  const id = neededInput('rollout', 'a rollout id (ro-...) or a release such as pypi:demo-lib@1.3.0')
  const answer = await apiClient({ server, token: token === '' ? null : token }).rollout(id)
  if (!answer.ok) throw new StepFailure(answer.failure.message)
  const rollout = answer.value
  setRolloutOutputs(server, rollout)
  info(`${id}: ${rollout.phase}, ${rollout.percent} %. ${rollout.explanation.sentence}`)
  await writeSummary(rolloutSummary(server, rollout))
}
