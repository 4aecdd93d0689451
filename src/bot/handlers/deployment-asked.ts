import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { type BotParts, repositoryOf } from '../bot-parts.ts'
import { askGate } from '../deployment-gates.ts'

/** The part of a `deployment_protection_rule` delivery that is read. */
export type DeploymentAsked = Parameters<typeof repositoryOf>[1] & {
  readonly environment?: string | undefined
  readonly deployment_callback_url?: string | undefined
}

/** A deployment waits for the rule of this App; its run is the one that the address to answer at names. */
export async function onDeploymentAsked(
  parts: BotParts<RolloutReader>,
  payload: DeploymentAsked,
): Promise<void> {
  const run = /\/actions\/runs\/(\d+)\/deployment_protection_rule$/.exec(
    payload.deployment_callback_url ?? '',
  )
  const { environment = '' } = payload
  const repository = run === null || environment === '' ? null : await repositoryOf(parts, payload)
  if (repository === null) {
    parts.log.warn('a deployment that waits was not understood', { environment })
    return
  }
  await askGate(parts, { repository, runId: Number(run?.[1]), environment })
}
