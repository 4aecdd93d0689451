import { type Log, messageOf } from '../core/log.ts'
import type { TimeKeeper } from '../roles/time-keeper.ts'

/**
 * Lets time pass for an engine: a tick every `tickMs`, never two at once. The returned function stops it and
 * resolves when the tick under way is through. Timers do not keep the process alive.
 */
export function startTimers(
  engine: Pick<TimeKeeper, 'tick'>,
  options: { readonly tickMs: number; readonly log: Log },
): () => Promise<void> {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    if (running !== null) return
    running = engine
      .tick()
      .catch((error) => options.log.error('a tick failed', { why: messageOf(error) }))
      .finally(() => {
        running = null
      })
  }, options.tickMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
