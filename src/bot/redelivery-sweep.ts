import { type Log, messageOf } from '../engine/core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Deliveries } from '../ports/deliveries.ts'
import type { EffectLog } from '../ports/effect-log.ts'

export interface RedeliverySweepOptions {
  readonly deliveries: Deliveries
  /** Remembers what was asked for again: once for each delivery, whatever comes of it. */
  readonly effects: Pick<EffectLog, 'get' | 'put'>
  readonly clock: Clock
  readonly log: Log
}

/** The forge keeps deliveries for three days and sends nothing older again. */
const longestMs = 3 * 24 * 3_600_000
/** Deliveries of the last sweep are looked at again: the forge's list lags behind. */
const overlapMs = 15 * 60_000

/**
 * Looks for webhooks that did not arrive, as when this server was down, and asks for each of them once more.
 * Resolves to how many. The inbox knows them by their GUID, so what did arrive is not handled twice.
 */
export function createRedeliverySweep(options: RedeliverySweepOptions): () => Promise<number> {
  const { deliveries, effects, clock, log } = options
  let since = Number.NEGATIVE_INFINITY

  return async () => {
    const begun = clock.now()
    const failed = await deliveries.failed(Math.max(since, begun - longestMs))
    if (!failed.ok) {
      log.warn('deliveries not listed', { why: failed.failure.message })
      return 0
    }
    const ids = new Map(failed.value.map(({ guid, id }) => [guid, id]))
    let count = 0
    for (const [guid, id] of ids) {
      const key = `delivery/${guid}/redeliver/0`
      if ((await effects.get(key)) !== null) continue
      const asked = await deliveries.redeliver(id)
      if (!asked.ok) {
        log.warn('delivery not asked for again', { delivery: guid, why: asked.failure.message })
        // A limit ends; the next sweep goes on from here.
        return count
      }
      await effects.put({ key, digest: 'done', place: {}, at: clock.now() })
      count += 1
    }
    since = begun - overlapMs
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
