import { getInput, info, notice } from '@actions/core'
import { context } from '@actions/github'
import type { ActionBody, RolloutAction } from '../registries/slipway-index/api-client.ts'
import { showValue } from '../versions/problem.ts'
import {
  accessInput,
  EXIT,
  failFor,
  failForAnswer,
  isDryRun,
  rolloutInput,
  StepFailure,
} from './action-input.ts'
import { stepClient } from './dry-client.ts'
import { sayPlace, showRollout } from './rollout-output.ts'

/**
 * `approve`, `advance`, `pause`, `resume`, `rollback`: what a person may ask of a rollout. It is asked once; when
 * no answer comes, the step says that it is not known whether the server heard it.
 */
export function actStep(action: RolloutAction): () => Promise<void> {
  return async () => {
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

function bodyOf(action: RolloutAction): ActionBody {
  const reason = getInput('reason')
  const to = getInput('to')
  const person = getInput('as') || personBehindRun()
  return {
    ...(reason === '' ? {} : { reason }),
    ...(to === '' || action !== 'advance' ? {} : { to: percentOf(to) }),
    ...(person === null ? {} : { as: person }),
  }
}

function percentOf(text: string): number {
  const percent = /^\d+(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN
  if (percent >= 0 && percent <= 100) return percent
  throw failFor({ field: 'to', value: showValue(text), expected: 'the percent of a stage, from 0 to 100' })
}

/** Who started the run by hand. A run that an event or a clock started has nobody behind it. */
export function personBehindRun(): string | null {
  const actor = process.env.GITHUB_TRIGGERING_ACTOR || context.actor || ''
  return context.eventName === 'workflow_dispatch' && /^[A-Za-z0-9-]{1,39}$/.test(actor) ? actor : null
}
