import type { TokenRecord } from '../ports/access-store.ts'

/** How long an expired token is remembered at most, so that its holder is told that it expired. */
export const rememberExpiredMs = 7 * 24 * 3_600_000

/** Whether an expired token is forgotten: after as long again as it lived, and at most a week. */
export function forgetsToken({ createdAt, expiresAt }: TokenRecord, now: number): boolean {
  if (expiresAt === null) return false
  return now >= expiresAt + Math.min(expiresAt - createdAt, rememberExpiredMs)
}
