import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type ApiAnswer, apiRequest } from './api-request.ts'

const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 500

const mintedSchema = z.looseObject({ token: z.string() })

/**
 * A short token for what a workflow may publish, in exchange for the workflow's own (PyPI's form of trusted
 * publishing). `identity` gives such a token for an audience; it counts once, so each attempt has
 * one of its own. The audience is the
 * server's address as the caller knows it, never one that the server names: that could be another server's.
 */
export async function trustedToken(
  server: string,
  identity: (audience: string) => Promise<string>,
): Promise<ApiAnswer<string>> {
  const mint = async (): Promise<ApiAnswer<{ readonly token: string }>> => {
    const body = { token: await identity(server) }
    const url = `${server}/_/oidc/mint-token`
    const authorization = async () => null
    const once = { attempts: 1, timeoutMs: TIMEOUT_MS, backoffMs: 0 }
    return apiRequest({ ...once, method: 'POST', url, authorization, body }, mintedSchema)
  }
  let minted = await mint()
  for (let again = 1; again < ATTEMPTS && !minted.ok && minted.failure.kind === 'unreachable'; again += 1) {
    await sleep(BACKOFF_MS * 2 ** (again - 1))
    minted = await mint()
  }
  return minted.ok ? { ok: true, value: minted.value.token } : minted
}
