import { type Log, messageOf } from '../../engine/core/log.ts'
import type { AccessStore, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** How long before its end a token is told about. */
const tellMs = [14 * dayMs, 3 * dayMs] as const

/** Tokens to tell about: at a start all that end within 14 days, later those that came nearer than 14 or 3 days since the last look. */
export function expiringTokens(
  tokens: readonly TokenRecord[],
  now: number,
  lastLook: number | null,
): readonly TokenRecord[] {
  return tokens.filter(({ createdAt, expiresAt }) => {
    // What lives shorter, as the tokens of workflow runs, is meant to end.
    if (expiresAt === null || expiresAt <= now || expiresAt - createdAt <= tellMs[0]) return false
    const left = expiresAt - now
    if (lastLook === null) return left <= tellMs[0]
    return tellMs.some((before) => left <= before && expiresAt - lastLook > before)
  })
}

/** Looks now and every hour, and says in the log which tokens end soon. The returned function stops that. */
export function tellExpiringTokens(
  access: Pick<AccessStore, 'listTokens'>,
  clock: Clock,
  log: Log,
): () => Promise<void> {
  let lastLook: number | null = null
  let looking = Promise.resolve()
  const look = async () => {
    try {
      const now = clock.now()
      for (const token of expiringTokens(await access.listTokens(), now, lastLook)) {
        const { id, name, owner, scopes } = token
        const expiresAt = new Date(token.expiresAt ?? now).toISOString()
        log.warn('a token ends soon: make a new one (slipway token create)', {
          id,
          name,
          owner,
          scopes,
          expiresAt,
        })
      }
      lastLook = now
    } catch (error) {
      log.warn('tokens could not be looked through', { error: messageOf(error) })
    }
  }
  const again = () => {
    looking = looking.then(look)
  }
  again()
  const timer = setInterval(again, hourMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await looking
  }
}
