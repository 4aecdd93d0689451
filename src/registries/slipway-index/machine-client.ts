import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

const recordedSchema = z.looseObject({ recorded: z.number() })

/**
 * Tells a rollout what a test on one machine found. Sent once: a repeated report would count as another run.
 *
 * @param id rollout id
 * @param key the machine's cohort key
 */
export function reportMachineRun(
  access: ServerAccess,
  id: string,
  key: string,
  outcome: 'success' | 'failure',
): Promise<ApiAnswer<z.infer<typeof recordedSchema>>> {
  const path = `/rollouts/${encodeURIComponent(id)}/machines`
  return apiSender(access)('POST', path, recordedSchema, 1, { key, outcome })
}
