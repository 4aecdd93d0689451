import { randomBytes } from 'node:crypto'
import { type Log, messageOf } from '../../engine/core/log.ts'
import type { AccessStore, TokenRecord } from '../../ports/access-store.ts'
import type { AuditLog } from '../../ports/audit-log.ts'
import type { Clock } from '../../ports/clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** How long before its end a token is told about. */
const tellDays = [14, 3] as const

/** The least of 14 and 3 days within which a token ends; null when it does not end so soon. */
export function endsWithinDays(
  { createdAt, expiresAt }: Pick<TokenRecord, 'createdAt' | 'expiresAt'>,
  now: number,
): 14 | 3 | null {
  // What lives shorter, as the tokens of workflow runs, is meant to end.
  if (expiresAt === null || expiresAt <= now || expiresAt - createdAt <= tellDays[0] * dayMs) return null
  return tellDays.findLast((days) => expiresAt - now <= days * dayMs) ?? null
}

interface Told {
  readonly access: Pick<AccessStore, 'listTokens' | 'useOnce'>
  readonly audit: Pick<AuditLog, 'append'>
}

/**
 * Looks now and every hour, and says in the log and in the audit log which tokens end soon: once at 14 days and once at
 * 3, however often the server starts and however many replicas there are. The returned function stops that.
 */
export function tellExpiringTokens({ access, audit }: Told, clock: Clock, log: Log): () => Promise<void> {
  let looking = Promise.resolve()
  const look = async () => {
    try {
      const now = clock.now()
      for (const token of await access.listTokens()) {
        const days = endsWithinDays(token, now)
        if (days === null) continue
        const word = `token-ends:${token.id}:${days}`
        const isFirst = await access.useOnce(
          word,
          randomBytes(8).toString('hex'),
          (token.expiresAt ?? now) + dayMs,
        )
        if (isFirst) await tell(token, days, now)
      }
    } catch (error) {
      log.warn('tokens could not be looked through', { error: messageOf(error) })
    }
  }
  const tell = async ({ id, name, owner, scopes, expiresAt }: TokenRecord, days: number, now: number) => {
    const end = new Date(expiresAt ?? now).toISOString()
    const fields = { id, name, owner, scopes, expiresAt: end }
    log.warn('a token ends soon: make a new one (slipway token create)', fields)
    const reason = `${name} of ${owner} ends on ${end.slice(0, 10)}, within ${days} days`
    await audit.append({
      at: now,
      who: 'Slipway',
      from: 'this server',
      action: 'token ends',
      subject: id,
      reason,
    })
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
