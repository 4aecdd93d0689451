import { getIDToken } from '@actions/core'
import { z } from 'zod'
import { type ApiAnswer, apiRequest } from '../../registries/slipway-index/api-request.ts'
import type { CanaryRequest } from './canary-request.ts'
import { reportBody } from './report-body.ts'

const ATTEMPTS = 6
const BACKOFF_MS = 500
const TIMEOUT_MS = 30_000

/** A report's address lies below the server's own, which is the audience of what it is signed with. */
const serverOf = (url: string): string => url.slice(0, url.indexOf('/api/v1/'))

/**
 * Sends what the arms did, signed by this run's own OIDC token. The same report may arrive twice, so it is
 * repeated until it is answered; every attempt has a token of its own, because a token counts once.
 */
export function sendReport(
  request: CanaryRequest,
  url: string,
  legs: readonly unknown[],
): Promise<ApiAnswer<unknown>> {
  return apiRequest(
    {
      method: 'POST',
      url,
      authorization: async () => `Bearer ${await getIDToken(serverOf(url))}`,
      body: reportBody(request, legs),
      attempts: ATTEMPTS,
      timeoutMs: TIMEOUT_MS,
      backoffMs: BACKOFF_MS,
    },
    z.unknown(),
  )
}
