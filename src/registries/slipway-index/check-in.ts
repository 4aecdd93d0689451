import { z } from 'zod'
import type { PackageId } from '../../versions/release.ts'
import { type ApiAnswer, apiRequest } from './api-request.ts'

const checkInSchema = z.looseObject({
  repository: z.string(),
  requests: z.array(z.unknown()),
  message: z.string().default(''),
})

/** What there is to test for a repository; each request is what a dispatched workflow gets as its input. */
export type CheckIn = z.infer<typeof checkInSchema>

const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 500

/**
 * Offers the run's repository as a pull canary for packages and takes the tries that wait for it. Checking in
 * twice is harmless. `identity` gives a new token of the run for each attempt.
 */
export function checkIn(
  server: string,
  packages: readonly PackageId[],
  identity: () => Promise<string>,
): Promise<ApiAnswer<CheckIn>> {
  return apiRequest(
    {
      method: 'POST',
      url: `${server}/api/v1/canaries`,
      authorization: async () => `Bearer ${await identity()}`,
      body: { for: packages },
      attempts: ATTEMPTS,
      timeoutMs: TIMEOUT_MS,
      backoffMs: BACKOFF_MS,
    },
    checkInSchema,
  )
}
