import { type Log, messageOf } from '../engine/core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'

export interface InboxWorkerOptions {
  readonly inbox: Inbox
  readonly handle: (delivery: Delivery) => Promise<void>
  readonly clock: Clock
  readonly log: Log
  /** How long after its arrival a delivery is set aside. */
  readonly longestMs?: number
  /** Wait after the first failed attempt; doubled after each further one, at most five minutes. */
  readonly retryDelayMs?: number
  /** What a delivery waits in line for; null: it waits for nothing. */
  readonly placeOf?: (delivery: Delivery) => PlaceInLine | null
}

/** Deliveries of one line are handled in the order of their places, and one that has to wait holds back later ones. */
export interface PlaceInLine {
  readonly line: string
  readonly place: number
}

/** Handles what lies in the inbox, one at a time: in order of arrival, within a line in the order of the line. */
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
/** As long as the forge itself would deliver it again. */
const defaultLongestMs = 3 * 24 * 3_600_000
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
  make(delivery: Delivery): Promise<{ readonly handled: boolean; readonly noted: Promise<void> }>
  isDue(delivery: Delivery): boolean
  /** Deliveries that failed and wait. */
  waiting(): number
  /** Forgets what is no longer pending. */
  keepOnly(pending: readonly Delivery[]): void
  /** When the next one is due; infinite when none waits. */
  nextAt(): number
}

function createAttempts(options: InboxWorkerOptions): Attempts {
  const { inbox, clock, log, longestMs = defaultLongestMs, retryDelayMs = defaultRetryDelayMs } = options
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
        const last = clock.now() - delivery.receivedAt >= longestMs
        return { handled: false, noted: inbox.failed(delivery.guid, sayError(error), last) }
      }
      failed.delete(delivery.guid)
      return { handled: true, noted: inbox.done(delivery.guid, clock.now()) }
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
async function makeAll(due: readonly Waiting[], attempts: Attempts, isClosed: () => boolean): Promise<void> {
  const notes: Promise<{ readonly error: unknown } | null>[] = []
  const stopped = new Set<string>()
  for (const { delivery, line } of due) {
    if (isClosed()) break
    if (line !== null && stopped.has(line)) continue
    const { handled, noted } = await attempts.make(delivery)
    if (!handled && line !== null) stopped.add(line)
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

interface Waiting {
  readonly delivery: Delivery
  readonly line: string | null
}

/** What may be handled now: what is due and has nobody before it in its line who is not. */
function mayGo(
  pending: readonly Delivery[],
  attempts: Attempts,
  placeOf: NonNullable<InboxWorkerOptions['placeOf']>,
): readonly Waiting[] {
  const places = new Map(pending.map((delivery) => [delivery.guid, placeOf(delivery)]))
  const lines = new Map<string, Delivery[]>()
  for (const delivery of pending) {
    const place = places.get(delivery.guid) ?? null
    if (place !== null) lines.set(place.line, [...(lines.get(place.line) ?? []), delivery])
  }
  const placeIn = ({ guid }: Delivery): number => places.get(guid)?.place ?? 0
  for (const line of lines.values()) line.sort((a, b) => placeIn(a) - placeIn(b))
  const held = new Set<string>()
  return pending.flatMap((delivery) => {
    const line = places.get(delivery.guid)?.line ?? null
    // The place of one in arrival is taken by the next of its line.
    const next = line === null ? delivery : lines.get(line)?.shift()
    if (next === undefined || (line !== null && held.has(line))) return []
    if (attempts.isDue(next)) return [{ delivery: next, line }]
    if (line !== null) held.add(line)
    return []
  })
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
    for (let more = 0; ; ) {
      const limit = batch + attempts.waiting() + more
      const pending = await inbox.pending(limit)
      attempts.keepOnly(pending)
      const due = mayGo(pending, attempts, options.placeOf ?? (() => null))
      // Those that wait in a line behind another one must not hide who comes after them.
      if (due.length === 0 && pending.length < limit) return
      more = due.length === 0 ? limit : 0
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
