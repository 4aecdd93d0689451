import { type Log, messageOf } from '../engine/core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Deliveries } from '../ports/deliveries.ts'

export interface RedeliverySweepOptions {
  readonly deliveries: Deliveries
  /** Whether a delivery came meanwhile. */
  readonly arrived: (guid: string) => Promise<boolean>
  readonly clock: Clock
  readonly log: Log
}

/** The forge keeps deliveries for three days and sends nothing older again. */
const longestMs = 3 * 24 * 3_600_000
/** Deliveries of the last sweep are looked at again: the forge's list lags behind. */
const overlapMs = 15 * 60_000
const hourMs = 3_600_000
/** How long after one question the next is asked. */
const againMs = [15 * 60_000, hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs]

/** A delivery that did not come yet. `id`: of its first attempt. */
interface Missing {
  readonly id: number
  readonly seenAt: number
  readonly asked: number
  readonly dueAt: number
}

/**
 * Looks for webhooks that did not arrive, as when this server was down, and asks for each of them until it comes, a few
 * times over three days. Resolves to how many were asked for. What is kept between sweeps may be forgotten: a new
 * process begins by looking three days back, and the inbox knows by the GUID what came.
 */
export function createRedeliverySweep(options: RedeliverySweepOptions): () => Promise<number> {
  const { deliveries, arrived, clock, log } = options
  const missing = new Map<string, Missing>()
  let since = Number.NEGATIVE_INFINITY

  async function askAgain(guid: string, known: Missing): Promise<boolean> {
    const asked = await deliveries.redeliver(known.id)
    if (!asked.ok) {
      log.warn('delivery not asked for again', { delivery: guid, why: asked.failure.message })
      // The forge does not know it any more; everything else is asked at the next sweep.
      if (asked.failure.kind === 'gone') missing.delete(guid)
      return asked.failure.kind === 'gone'
    }
    const waitMs = againMs[Math.min(known.asked, againMs.length - 1)] ?? hourMs
    missing.set(guid, { ...known, asked: known.asked + 1, dueAt: clock.now() + waitMs })
    return true
  }

  return async () => {
    const begun = clock.now()
    const failed = await deliveries.failed(Math.max(since, begun - longestMs))
    if (!failed.ok) {
      log.warn('deliveries not listed', { why: failed.failure.message })
      return 0
    }
    // The newest come first; the first attempt is the one that is asked for.
    for (const { guid, id } of failed.value) {
      const known = missing.get(guid)
      const { seenAt = begun, asked = 0, dueAt = begun } = known ?? {}
      missing.set(guid, { id: Math.min(known?.id ?? id, id), seenAt, asked, dueAt })
    }
    since = begun - overlapMs
    let count = 0
    for (const [guid, known] of missing) {
      if (known.seenAt < begun - longestMs || (await arrived(guid))) missing.delete(guid)
      else if (known.dueAt <= begun) {
        if (!(await askAgain(guid, known))) break
        count += 1
      }
    }
    if (count > 0) log.info('deliveries asked for again', { count })
    return count
  }
}

/** Runs a sweep at once and then every so often; the returned function stops that. */
export function startRedeliverySweep(
  sweep: () => Promise<number>,
  { everyMs, log }: { readonly everyMs: number; readonly log: Log },
): () => Promise<void> {
  let running: Promise<unknown> | null = null
  const run = () => {
    running ??= sweep()
      .catch((error) => log.error(`sweep of deliveries failed: ${messageOf(error)}`))
      .finally(() => {
        running = null
      })
  }
  run()
  const timer = setInterval(run, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
