import type { Context } from 'probot'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { BotParts } from '../bot-parts.ts'

/** A finished run is a hint: the engine fetches the run it belongs to and records what that proves. */
export async function onWorkflowRunCompleted(
  parts: BotParts<EvidenceGatherer>,
  { payload }: Pick<Context<'workflow_run.completed'>, 'payload'>,
): Promise<void> {
  await parts.engine.gather(String(payload.repository.id), payload.workflow_run.id)
}
