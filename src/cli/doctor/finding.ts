/** One thing that was looked at. */
export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'note' | 'wrong'
  /** What was seen and, where it is wrong, what to do. */
  readonly says: string
}

/** What an address answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** How long one question may take. */
export const TIMEOUT_MS = 10_000

/** Asks one address, once, and follows nothing. Throws where nobody answers. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** A request as the holder of a token, or as nobody. */
export function withToken(token: string | null): RequestInit {
  return token === null ? {} : { headers: { authorization: `Bearer ${token}` } }
}
