/** Clocks differ by a few seconds everywhere; verifiers allow about this much. */
const TOLERANCE_MS = 30_000

/**
 * Why a token was refused that is not wrong: the server's clock, as its `Date` header tells it, lies outside the
 * time in which the identity token is valid. Null when that is not so or cannot be told.
 *
 * @param authorization the header that was sent; a body with `token` is looked at too
 */
export function sayClockDifference(
  authorization: string | null,
  body: unknown,
  date: string | null,
): string | null {
  const at = Date.parse(date ?? '')
  const times = timesIn(authorization?.replace(/^bearer /i, '') ?? '') ?? timesIn(tokenIn(body))
  if (Number.isNaN(at) || times === null) return null
  const aheadMs = at - times.untilMs
  const behindMs = times.fromMs - at
  if (aheadMs <= TOLERANCE_MS && behindMs <= TOLERANCE_MS) return null
  const side = behindMs > 0 ? `${say(behindMs)} before it begins` : `${say(aheadMs)} after it ends`
  return `By the server's clock (${iso(at)}) that is ${side}: the identity token is valid from ${iso(times.fromMs)} to ${iso(times.untilMs)} by GitHub's clock, so the clock of the server is wrong or the token is old.`
}

function tokenIn(body: unknown): string {
  const token = typeof body === 'object' && body !== null ? Reflect.get(body, 'token') : undefined
  return typeof token === 'string' ? token : ''
}

/** The times in a JSON Web Token, not verified: they are only shown. */
function timesIn(token: string): { readonly fromMs: number; readonly untilMs: number } | null {
  const payload = token.split('.')[1]
  if (payload === undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) return null
    const seconds = (name: string): number => Number(Reflect.get(claims, name))
    const fromMs = (seconds('nbf') || seconds('iat')) * 1000
    const untilMs = seconds('exp') * 1000
    return Number.isFinite(fromMs) && Number.isFinite(untilMs) ? { fromMs, untilMs } : null
  } catch {
    return null
  }
}

const say = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
