import { getIDToken } from '@actions/core'
import { z } from 'zod'
import type { Arm } from '../../gates/evidence.ts'
import { type ApiAnswer, apiRequest } from '../../registries/slipway-index/api-request.ts'
import type { ArmReport } from './arms/judge-arms.ts'
import type { CanaryRequest } from './canary-request.ts'
import type { Leg } from './leg-of-job.ts'
import { reportBody } from './report-body.ts'

const ATTEMPTS = 6
const BACKOFF_MS = 500
const TIMEOUT_MS = 30_000

/**
 * Sends what the arms did, signed by this run's own OIDC token. The same report may arrive twice, so it is
 * repeated until it is answered; every attempt has a token of its own, because a token counts once.
 */
export function sendReport(
  request: CanaryRequest,
  url: string,
  arms: Partial<Record<Arm, ArmReport>>,
  leg: Leg,
): Promise<ApiAnswer<unknown>> {
  return apiRequest(
    {
      method: 'POST',
      url,
      authorization: async () => `Bearer ${await getIDToken('slipway')}`,
      body: reportBody(request, arms, leg),
      attempts: ATTEMPTS,
      timeoutMs: TIMEOUT_MS,
      backoffMs: BACKOFF_MS,
    },
    z.unknown(),
  )
}
