import { z } from 'zod'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import { type ApiAnswer, apiRequest } from './api-request.ts'

/** What a job found out about packages, for the server's count of ordinary runs. */
export interface RunReport {
  readonly outcome: 'success' | 'failure' | 'cancelled'
  /** Packages that the job depends on, whether installing them went well or not. */
  readonly packages: readonly PackageId[]
  readonly installed: readonly ReleaseId[]
  readonly key: string
}

const keySchema = z.looseObject({ key: z.string().regex(/^[A-Za-z0-9._~-]{1,200}$/, 'a cohort key') })
const recordedSchema = z.looseObject({ recorded: z.number() })
const listSchema = z.looseObject({
  items: z.array(z.looseObject({ phase: z.string(), releases: z.array(z.looseObject({ id: z.string() })) })),
})

const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 500

/** What a workflow run asks as itself. `identity` gives a new token of the run for each attempt. */
export interface RunClient {
  /** The opaque key of the run's repository. */
  key(): Promise<ApiAnswer<string>>
  /** Releases with a rollout that is not over. */
  live(): Promise<ApiAnswer<readonly ReleaseId[]>>
  /** Reports how the run ended; how many rollouts that counts for. */
  report(report: RunReport): Promise<ApiAnswer<number>>
}

const OVER = ['completed', 'rolled-back', 'superseded', 'abandoned']

/** Makes a client; nothing is sent until a function is called. */
export function runClient(server: string, identity: () => Promise<string>): RunClient {
  const authorization = async (): Promise<string> => `Bearer ${await identity()}`
  const common = { attempts: ATTEMPTS, timeoutMs: TIMEOUT_MS, backoffMs: BACKOFF_MS }
  return {
    async key() {
      const url = `${server}/api/v1/keys`
      const answer = await apiRequest({ ...common, method: 'POST', url, authorization, body: {} }, keySchema)
      return answer.ok ? { ok: true, value: answer.value.key } : answer
    },
    async live() {
      const url = `${server}/api/v1/rollouts?phase=live&limit=200`
      const nobody = async (): Promise<null> => null
      const answer = await apiRequest({ ...common, method: 'GET', url, authorization: nobody }, listSchema)
      if (!answer.ok) return answer
      const live = answer.value.items.filter(({ phase }) => !OVER.includes(phase))
      return { ok: true, value: live.flatMap(({ releases }) => releases.map(({ id }) => id)) }
    },
    async report(body) {
      const url = `${server}/api/v1/runs`
      const answer = await apiRequest({ ...common, method: 'POST', url, authorization, body }, recordedSchema)
      return answer.ok ? { ok: true, value: answer.value.recorded } : answer
    },
  }
}
