import { getInput, info, notice } from '@actions/core'
import type { ActionBody, StepAction } from '../registries/slipway-index/api-client.ts'
import { showValue } from '../versions/problem.ts'
import {
  accessInput,
  EXIT,
  failFor,
  failForAnswer,
  isDryRun,
  rolloutInput,
  StepFailure,
  switchInput,
} from './action-input.ts'
import { stepClient } from './dry-client.ts'
import { personBehindRun } from './person-behind-run.ts'
import { sayPlace, showRollout } from './rollout-output.ts'
import { actInRefs } from './serverless/steer-in-refs.ts'
import { isServerless } from './serverless/world-of-run.ts'

/**
 * `stop`, `lower`, `approve`, `advance`, `pause`, `resume`, `rollback`, `restart`, `catch-up`: what a person may ask of a rollout. It is asked once; when
 * no answer comes, the step says that it is not known whether the server heard it.
 */
export function actStep(action: StepAction): () => Promise<void> {
  return async () => {
    if (isServerless()) return actInRefs(action, percentInput())
    const access = accessInput()
    const id = rolloutInput()
    const body = bodyOf(action)
    const client = stepClient(access)
    const before = await client.rollout(id)
    if (!before.ok) throw failForAnswer(before.failure)
    const answer = await client.act(id, action, body)
    if (!answer.ok) {
      const unsure =
        answer.failure.kind === 'unreachable'
          ? `Whether the server did it is not known; before, the rollout was ${sayPlace(before.value)}. Read status first.`
          : ''
      throw failForAnswer(answer.failure, unsure)
    }
    const { value: after } = answer
    await showRollout(access.server, after)
    if (isDryRun()) return
    const line = `${id}: ${sayPlace(before.value)} → ${sayPlace(after)}`
    if (sayPlace(before.value) === sayPlace(after)) info(`${id}: ${sayPlace(after)}`)
    else notice(line)
    if (after.phase === 'rolled-back' && action !== 'rollback')
      throw new StepFailure(`${id} is rolled back. ${after.explanation.sentence}`, EXIT.refused)
  }
}

function bodyOf(action: StepAction): ActionBody {
  const reason = getInput('reason')
  const to = percentInput()
  const person = getInput('as') || personBehindRun()
  return {
    ...(reason === '' ? {} : { reason }),
    ...(to === null || (action !== 'advance' && action !== 'lower') ? {} : { to }),
    ...(action === 'restart' && switchInput('same-users', false) ? { sameUsers: true } : {}),
    ...(person === null ? {} : { as: person }),
  }
}

/** The stage that `to` names; null without it. */
function percentInput(): number | null {
  const text = getInput('to')
  if (text === '') return null
  const percent = /^\d+(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN
  if (percent >= 0 && percent <= 100) return percent
  throw failFor({ field: 'to', value: showValue(text), expected: 'the percent of a stage, from 0 to 100' })
}
