import { z } from 'zod'
import type { ReleaseId } from '../../versions/release.ts'
import { type ApiAnswer, type ApiRequest, apiRequest } from './api-request.ts'
import { type RolloutDocument, rolloutDocumentSchema } from './rollout-document.ts'

/** Where the server is and as whom to ask it. */
export interface ServerAccess {
  /** Root of the server, e.g. `https://slipway.example`. */
  readonly server: string
  /** Secret of a token; null asks as nobody. */
  readonly token: string | null
}

export interface StartBody {
  readonly releases: readonly ReleaseId[]
  readonly policy?: unknown
  readonly reason?: string
  readonly restart?: boolean
  readonly sameUsers?: boolean
  /** Findings that are answered before they are found. */
  readonly meant?: readonly string[]
  /** The person behind a shared token. */
  readonly as?: string
  /** Where the releases were built; counts when that repository owns the packages. */
  readonly origin?: {
    readonly repositoryId: string
    readonly repository: string
    readonly commit: string | null
    readonly tag: string | null
  }
}

export interface ActionBody {
  readonly reason?: string
  /** Percent of a stage. */
  readonly to?: number
  /** The person behind a shared token. */
  readonly as?: string
  /** Which canary to waive or to try again: its repository, id or label. */
  readonly canary?: string
  /** With `hold`: how long. */
  readonly duration?: string
  /** With `dismiss`: the code of a finding, or `code: what`. */
  readonly code?: string
  /** With `restart`: a false alarm, the same users go first again. */
  readonly sameUsers?: boolean
  /** With `retry`: search for the first release that the canary fails with. */
  readonly bisect?: boolean
}

/** What a step of a workflow does to a rollout. */
export type StepAction =
  | 'stop'
  | 'lower'
  | 'approve'
  | 'advance'
  | 'pause'
  | 'resume'
  | 'rollback'
  | 'restart'
  | 'catch-up'

/** What a person may do to a rollout through the API. */
export type RolloutAction =
  | StepAction
  | 'waive'
  | 'hold'
  | 'urgent'
  | 'dismiss'
  | 'abandon'
  | 'block'
  | 'unblock'

/** Answer of `/api/v1/why`: the place of one key in one rollout, and the explanation behind it. */
const whySchema = z.looseObject({
  inside: z.boolean(),
  sentence: z.string(),
  key: z.string().nullable().optional(),
  kind: z.string().optional(),
  /** Package clients of who asks without a key. */
  kinds: z
    .array(z.looseObject({ kind: z.string(), key: z.string(), bucket: z.number(), inside: z.boolean() }))
    .optional(),
  sees: z
    .array(
      z.looseObject({
        release: z.string(),
        shown: z.boolean(),
        bucket: z.number().nullable(),
        basisPoints: z.number(),
        because: z.string(),
      }),
    )
    .optional(),
  latest: z.string().nullable().optional(),
  wayOut: z.string().optional(),
  fleet: z
    .looseObject({
      machines: z.number(),
      running: z.number(),
      failed: z.number(),
      rings: z.array(
        z.looseObject({
          ring: z.string().nullable(),
          machines: z.number(),
          running: z.number(),
          failed: z.number(),
        }),
      ),
    })
    .optional(),
})

export type WhyAnswer = z.infer<typeof whySchema>

/** The API of a Slipway server (docs/protocols.md) as functions. Reads and starts are repeated on network errors; commands are not. */
export interface ApiClient {
  rollout(id: string): Promise<ApiAnswer<RolloutDocument>>
  start(body: StartBody): Promise<ApiAnswer<RolloutDocument>>
  act(id: string, action: RolloutAction | 'retry', body: ActionBody): Promise<ApiAnswer<RolloutDocument>>
  /** `key` null: whoever asks. `ring`: the group that a machine of a fleet is in. */
  why(id: string, key: string | null, ring?: string | null): Promise<ApiAnswer<WhyAnswer>>
}

const TIMEOUT_MS = 30_000
const ATTEMPTS = 4
const BACKOFF_MS = 250

/** Sends one request below `/api/v1` and reads the answer by its schema. */
export type ApiSender = <T>(
  method: ApiRequest['method'],
  path: string,
  schema: z.ZodType<T>,
  attempts: number,
  body?: unknown,
  timeoutMs?: number,
) => Promise<ApiAnswer<T>>

/** What every part of the client sends with: one server, one token, the same patience. */
export function apiSender(access: ServerAccess): ApiSender {
  const root = `${access.server.replace(/\/+$/, '')}/api/v1`
  return (method, path, schema, attempts, body, timeoutMs = TIMEOUT_MS) =>
    apiRequest(
      {
        method,
        url: `${root}${path}`,
        authorization: async () => (access.token === null ? null : `Bearer ${access.token}`),
        attempts,
        timeoutMs,
        backoffMs: BACKOFF_MS,
        ...(body === undefined ? {} : { body }),
      },
      schema,
    )
}

/** Makes a client; nothing is sent until a function is called. */
export function apiClient(access: ServerAccess): ApiClient {
  const send = apiSender(access)
  return {
    rollout: (id) => send('GET', `/rollouts/${encodeURIComponent(id)}`, rolloutDocumentSchema, ATTEMPTS),
    start: (body) => send('POST', '/rollouts', rolloutDocumentSchema, ATTEMPTS, body),
    act: (id, action, body) =>
      send('POST', `/rollouts/${encodeURIComponent(id)}/${action}`, rolloutDocumentSchema, 1, body),
    why: (id, key, ring = null) =>
      send('POST', '/why', whySchema, ATTEMPTS, {
        rollout: id,
        ...(key !== null && { key }),
        ...(ring !== null && { ring }),
      }),
  }
}
