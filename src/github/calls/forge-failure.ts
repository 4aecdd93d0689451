import type { Clock } from '../../ports/clock.ts'
import type { Forged, ForgeFailure } from '../../ports/forge.ts'

/** What an HTTP client's error shows of the answer; anything without a status is a bug and is thrown on. */
interface Answered {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string | number | undefined>>
}

/** GitHub asks for at least a minute of silence when it names no time itself. */
const quietMs = 60_000

function toAnswered(error: unknown): Answered | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null
  const response = 'response' in error ? error.response : undefined
  const headers =
    typeof response === 'object' && response !== null && 'headers' in response ? response.headers : {}
  return { status: error.status, message: error.message, headers: (headers ?? {}) as Answered['headers'] }
}

function isLimit(answer: Answered): boolean {
  if (answer.status === 429) return true
  if (answer.status !== 403) return false
  if (String(answer.headers['x-ratelimit-remaining']) === '0') return true
  return answer.headers['retry-after'] !== undefined || /rate limit|abuse detection/i.test(answer.message)
}

/** When the limit ends, in milliseconds since the epoch. `retry-after` goes before the hourly reset. */
function limitEnd(answer: Answered, now: number): number {
  const after = Number(answer.headers['retry-after'])
  if (Number.isFinite(after)) return now + Math.max(after, 1) * 1000
  const reset = Number(answer.headers['x-ratelimit-reset'])
  const exhausted = String(answer.headers['x-ratelimit-remaining']) === '0'
  return exhausted && Number.isFinite(reset) ? Math.max(reset * 1000, now + 1000) : now + quietMs
}

/** When the limit ends that an error tells of, in milliseconds since the epoch; null for any other error. */
export function limitEndOf(error: unknown, now: number): number | null {
  const answer = toAnswered(error)
  return answer !== null && isLimit(answer) ? limitEnd(answer, now) : null
}

/**
 * Reads an error of the GitHub client as a failure in our words: 404, 410 and 451 are `gone`, 401 and 403
 * `forbidden`, 429 and a 403 with limit headers `limited` (with a time), 400 and 422 `invalid`, everything
 * else that came over the wire `broken`. An error without a status did not come from GitHub and is thrown.
 */
export function toForgeFailure(error: unknown, now: number): ForgeFailure {
  const answer = toAnswered(error)
  if (answer === null) throw error
  const message = `${answer.status}: ${answer.message}`.slice(0, 500)
  if (isLimit(answer)) return { kind: 'limited', message, retryAt: limitEnd(answer, now) }
  if ([404, 410, 451].includes(answer.status)) return { kind: 'gone', message, retryAt: null }
  if ([401, 403].includes(answer.status)) return { kind: 'forbidden', message, retryAt: null }
  if ([400, 422].includes(answer.status)) return { kind: 'invalid', message, retryAt: null }
  return { kind: 'broken', message, retryAt: null }
}

/** A call's value, or what went wrong with it in our words. */
export async function forgedBy<T>(clock: Clock, call: () => Promise<T>): Promise<Forged<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    return { ok: false, failure: toForgeFailure(error, clock.now()) }
  }
}
