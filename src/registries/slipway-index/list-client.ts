import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'
import { type RolloutDocument, rolloutDocumentSchema } from './rollout-document.ts'

/** A page of rollouts; `next` is the cursor of the page after it, null at the end. */
export const rolloutPageSchema = z.looseObject({
  items: z.array(rolloutDocumentSchema),
  next: z.string().nullable(),
})

export interface RolloutFilter {
  readonly phase?: string
  readonly package?: string
  readonly limit?: number
  readonly cursor?: string
}

export interface RolloutPage {
  readonly items: readonly RolloutDocument[]
  readonly next: string | null
}

const ATTEMPTS = 4

/** Rollouts of a server, a page at a time. */
export function listRollouts(access: ServerAccess, filter: RolloutFilter): Promise<ApiAnswer<RolloutPage>> {
  const given = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return apiSender(access)('GET', `/rollouts?${new URLSearchParams(given)}`, rolloutPageSchema, ATTEMPTS)
}
