import { type Log, messageOf } from '../engine/core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'

export interface InboxWorkerOptions {
  readonly inbox: Inbox
  readonly handle: (delivery: Delivery) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  /** Attempts before a delivery is set aside. */
  readonly maxAttempts?: number
  /** Wait after the first failed attempt; doubled after each further one, at most five minutes. */
  readonly retryDelayMs?: number
}

/** Handles what lies in the inbox, in order of arrival, one at a time. */
export interface InboxWorker {
  /** Says that something may be pending. */
  wake(): void
  /** Resolves when nothing due is left. */
  idle(): Promise<void>
  /** Stops after the delivery in hand; what is pending stays in the inbox. */
  close(): Promise<void>
}

const batch = 50
const longestDelayMs = 300_000
const defaultRetryDelayMs = 1000

/** What went wrong, also when several handlers failed at once. */
function sayError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join('; ')
  return messageOf(error)
}

/** Attempts at single deliveries, and how long each failing one waits. */
interface Attempts {
  /** Resolves when it was handled; the promise inside, when that is written down too. */
  make(delivery: Delivery): Promise<{ readonly noted: Promise<void> }>
  isDue(delivery: Delivery): boolean
  /** Deliveries that failed and wait. */
  waiting(): number
  /** Forgets what is no longer pending. */
  keepOnly(pending: readonly Delivery[]): void
  /** When the next one is due; infinite when none waits. */
  nextAt(): number
}

function createAttempts(options: InboxWorkerOptions): Attempts {
  const { inbox, clock, log, maxAttempts = 8, retryDelayMs = defaultRetryDelayMs } = options
  const failed = new Map<string, { readonly attempts: number; readonly until: number }>()
  return {
    async make(delivery) {
      try {
        await options.handle(delivery)
      } catch (error) {
        const attempts = (failed.get(delivery.guid)?.attempts ?? 0) + 1
        const delay = Math.min(retryDelayMs * 2 ** (attempts - 1), longestDelayMs)
        failed.set(delivery.guid, { attempts, until: clock.now() + delay })
        const fields = { delivery: delivery.guid, event: delivery.event, attempts }
        log.error(`webhook not handled: ${sayError(error)}`, fields)
        return { noted: inbox.failed(delivery.guid, sayError(error), maxAttempts) }
      }
      failed.delete(delivery.guid)
      return { noted: inbox.done(delivery.guid, clock.now()) }
    },
    isDue: (delivery) => (failed.get(delivery.guid)?.until ?? 0) <= clock.now(),
    waiting: () => failed.size,
    keepOnly(pending) {
      const known = new Set(pending.map((delivery) => delivery.guid))
      for (const guid of failed.keys()) if (!known.has(guid)) failed.delete(guid)
    },
    nextAt: () => Math.min(...[...failed.values()].map((entry) => entry.until)),
  }
}

/** One after the other. Notes that come close together share a flush; a crash before it handles those again. */
async function makeAll(due: readonly Delivery[], attempts: Attempts, isClosed: () => boolean): Promise<void> {
  const notes: Promise<{ readonly error: unknown } | null>[] = []
  for (const delivery of due) {
    if (isClosed()) break
    const { noted } = await attempts.make(delivery)
    notes.push(
      noted.then(
        () => null,
        (error: unknown) => ({ error }),
      ),
    )
  }
  const problem = (await Promise.all(notes)).find((note) => note !== null)
  if (problem) throw problem.error
}

/**
 * Drains an inbox: a delivery is done when its handler resolved, so a crash in between handles it again. A
 * failing one waits longer after each attempt and lets the others pass.
 */
export function createInboxWorker(options: InboxWorkerOptions): InboxWorker {
  const { inbox, clock, log, retryDelayMs = defaultRetryDelayMs } = options
  const attempts = createAttempts(options)
  let round: Promise<void> | null = null
  let again = false
  let closed = false
  let timer: NodeJS.Timeout | null = null

  async function drain(): Promise<void> {
    for (;;) {
      const pending = await inbox.pending(batch + attempts.waiting())
      attempts.keepOnly(pending)
      const due = pending.filter(attempts.isDue)
      if (due.length === 0) return
      await makeAll(due, attempts, () => closed)
      if (closed) return
    }
  }

  function wakeAfter(delayMs: number): void {
    if (closed || timer !== null || !Number.isFinite(delayMs)) return
    timer = setTimeout(wake, Math.max(delayMs, 1))
    timer.unref()
  }

  async function rounds(): Promise<void> {
    try {
      do {
        again = false
        await drain()
      } while (again && !closed)
    } catch (error) {
      log.error(`inbox not readable: ${messageOf(error)}`)
      wakeAfter(retryDelayMs)
    } finally {
      round = null
    }
    wakeAfter(attempts.nextAt() - clock.now())
  }

  function wake(): void {
    if (closed) return
    if (timer !== null) clearTimeout(timer)
    timer = null
    again = true
    round ??= rounds()
  }

  return {
    wake,
    async idle() {
      while (round !== null) await round
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await round
    },
  }
}
