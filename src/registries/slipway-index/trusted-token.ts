import { z } from 'zod'
import { type ApiAnswer, apiRequest } from './api-request.ts'

const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 500

const audienceSchema = z.looseObject({ audience: z.string() })
const mintedSchema = z.looseObject({ token: z.string() })

/**
 * A short token for what a workflow may publish, in exchange for the workflow's own (PyPI's form of trusted
 * publishing). `identity` gives such a token for an audience; it counts once, so it is asked for once.
 */
export async function trustedToken(
  server: string,
  identity: (audience: string) => Promise<string>,
): Promise<ApiAnswer<string>> {
  const common = { authorization: async () => null, timeoutMs: TIMEOUT_MS, backoffMs: BACKOFF_MS }
  const audience = await apiRequest(
    { ...common, method: 'GET', url: `${server}/_/oidc/audience`, attempts: ATTEMPTS },
    audienceSchema,
  )
  if (!audience.ok) return audience
  const token = await identity(audience.value.audience)
  const minted = await apiRequest(
    { ...common, method: 'POST', url: `${server}/_/oidc/mint-token`, body: { token }, attempts: 1 },
    mintedSchema,
  )
  return minted.ok ? { ok: true, value: minted.value.token } : minted
}
