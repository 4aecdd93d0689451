import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

const recordedSchema = z.looseObject({
  recorded: z.number(),
  takeUp: z.enum(['yes', 'failed', 'wait']),
  fleet: z.looseObject({ machines: z.number(), running: z.number(), failed: z.number() }),
})

/** What a machine tells of itself. */
export interface MachineReport {
  readonly key: string
  /** The group that it is in. */
  readonly ring: string | null
  /** `trying`: it asks whether it may take the candidate up. */
  readonly outcome: 'trying' | 'success' | 'failure'
  /** On how many machines the candidate may have failed for this one to take it up. */
  readonly failures: number
}

export type MachineAnswer = z.infer<typeof recordedSchema>

/**
 * Tells a rollout what a test on one machine found, or asks whether it may begin. A result is sent once: repeated it
 * would count as another run.
 *
 * @param id rollout id
 */
export function reportMachine(
  access: ServerAccess,
  id: string,
  report: MachineReport,
): Promise<ApiAnswer<MachineAnswer>> {
  const path = `/rollouts/${encodeURIComponent(id)}/machines`
  return apiSender(access)('POST', path, recordedSchema, report.outcome === 'trying' ? 4 : 1, report)
}
