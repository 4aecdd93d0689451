import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { showValue } from '../../versions/problem.ts'
import { sayClockDifference } from './clock-difference.ts'
import { innermostReason, sayNetworkError } from './say-network-error.ts'

/**
 * Why the API gave no answer. `refused`: it said no and why; `unreachable`: no connection, or only 5xx without a
 * reason after all attempts; `unexpected`: an answer that is not what the API promises.
 */
export interface ApiFailure {
  readonly kind: 'refused' | 'unreachable' | 'unexpected'
  /** HTTP status, null when there was no answer. */
  readonly status: number | null
  readonly message: string
  /** Which field of the request the server did not take, where it says so. */
  readonly field?: string
}

export type ApiAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ApiFailure }

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  /** Value of the header, asked before every attempt, because an OIDC token may be used once only; null sends none. */
  readonly authorization: () => Promise<string | null>
  /** A form is sent as it is, anything else as JSON. */
  readonly body?: unknown
  /** How often at most; more than one only where repeating is harmless. */
  readonly attempts: number
  readonly timeoutMs: number
  /** Wait before the second attempt; doubles each time. */
  readonly backoffMs: number
  /** Media type to ask for; JSON without it. */
  readonly accept?: string
}

/** One exchange with the server: JSON or a form out, JSON in, RFC 9457 problems turned into one sentence. Never throws. */
export async function apiRequest<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<ApiAnswer<T>> {
  let last: ApiAnswer<T> | null = null
  for (let attempt = 0; attempt < request.attempts; attempt++) {
    if (attempt > 0) await sleep(request.backoffMs * 2 ** (attempt - 1))
    last = await exchange(request, schema)
    if (last.ok || !mayPass(last.failure)) return last
  }
  return last ?? failed('unreachable', null, `${hostOf(request.url)} was not asked`)
}

/** What may go by itself: no connection, too many requests, and a server that says no for now. */
function mayPass({ kind, status }: ApiFailure): boolean {
  return kind === 'unreachable' || (status !== null && (status >= 500 || status === 429))
}

async function exchange<T>(request: ApiRequest, schema: z.ZodType<T>): Promise<ApiAnswer<T>> {
  const host = hostOf(request.url)
  let authorization: string | null
  try {
    authorization = await request.authorization()
  } catch (error) {
    return failed('unreachable', null, `no credentials for ${host}: ${innermostReason(error)}`)
  }
  try {
    const { body } = request
    const json = body !== undefined && !(body instanceof FormData)
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': 'slipway',
        ...(json ? { 'content-type': 'application/json' } : {}),
        ...(authorization === null ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(request.timeoutMs),
    })
    const text = await response.text()
    if (response.ok) return readAnswer(text, schema, response.status, host)
    const failure = failureOf(response.status, text, host)
    const clock = sayClockDifference(authorization, body, response.headers.get('date'))
    return {
      ok: false,
      failure: clock === null ? failure : { ...failure, message: `${failure.message} ${clock}` },
    }
  } catch (error) {
    return { ok: false, failure: unreached(request.url, error) }
  }
}

/** An answer that is none of the good ones. */
function failureOf(status: number, text: string, host: string): ApiFailure {
  const broken = (status >= 500 || status === 429) && !isRefusal(text)
  const field = fieldOf(text)
  return {
    kind: broken ? 'unreachable' : 'refused',
    status,
    message: sayProblemDocument(text, status, host),
    ...(field === null ? {} : { field }),
  }
}

function unreached(url: string, error: unknown): ApiFailure {
  const message = `cannot reach ${hostOf(url)}: ${sayNetworkError(url, error)}`
  return { kind: 'unreachable', status: null, message }
}

/** Opens something large below a server; what comes is read by the caller. Never throws. */
export async function openDownload(
  url: string,
  token: string | null,
  mediaType: string,
): Promise<ApiAnswer<Readable>> {
  const headers = { 'user-agent': 'slipway', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }
  try {
    const response = await fetch(url, { headers, redirect: 'error' })
    const { ok, body } = response
    if (ok && body !== null && response.headers.get('content-type')?.startsWith(mediaType) === true)
      return { ok: true, value: Readable.fromWeb(body as ReadableStream) }
    if (!ok) return { ok: false, failure: failureOf(response.status, await response.text(), hostOf(url)) }
    await body?.cancel()
    const message = `${hostOf(url)} does not answer as a Slipway server does: expected ${mediaType}; is this its address?`
    return failed('unexpected', response.status, message)
  } catch (error) {
    return { ok: false, failure: unreached(url, error) }
  }
}

function readAnswer<T>(text: string, schema: z.ZodType<T>, status: number, host: string): ApiAnswer<T> {
  const json = parseJson(text)
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data }
  const path = parsed.error.issues[0]?.path ?? []
  const got = path.reduce<unknown>((value, key) => Object(value)[key], json)
  const value = json === undefined ? 'no JSON' : got === undefined ? 'nothing' : showValue(got)
  const where = path.length === 0 ? 'the body' : path.join('.')
  const message = `${host} does not answer as a Slipway server does: ${where}: got ${value}; is this its address?`
  return failed('unexpected', status, message)
}

function fieldOf(text: string): string | null {
  const json = parseJson(text)
  const field = typeof json === 'object' && json !== null && 'field' in json ? json.field : null
  return typeof field === 'string' ? field : null
}

/** Whether the server itself said no, with its kind of reason, and not something on the way to it. */
function isRefusal(text: string): boolean {
  const json = parseJson(text)
  return (
    typeof json === 'object' && json !== null && typeof (json as Record<string, unknown>).reason === 'string'
  )
}

/** The sentence of an RFC 9457 document, or the first line of whatever came instead. */
function sayProblemDocument(text: string, status: number, host: string): string {
  const json = parseJson(text)
  if (typeof json === 'object' && json !== null) {
    for (const field of ['detail', 'title', 'error', 'message']) {
      const value = (json as Record<string, unknown>)[field]
      if (typeof value === 'string' && value !== '') return value
    }
  }
  const line = text.trim().split('\n')[0] ?? ''
  return `${host} answered ${status}${line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, 200)}`}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}

function failed(kind: ApiFailure['kind'], status: number | null, message: string): ApiAnswer<never> {
  return { ok: false, failure: { kind, status, message } }
}
