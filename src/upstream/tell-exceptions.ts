import type { ExceptionRule } from '../config/server/overlay-settings.ts'
import type { OverlayLog } from './overlay-parts.ts'

const dayMs = 24 * 60 * 60_000
/** How long before its end an exception is told about; and at its end. */
const tellMs = [14 * dayMs, 3 * dayMs, 0] as const

/**
 * Exceptions to tell about: at a start all that end within 14 days or have ended, later those that came nearer than 14
 * days, 3 days or their end since the last look.
 */
export function exceptionsToTell(
  exceptions: readonly ExceptionRule[],
  now: number,
  lastLook: number | null,
): readonly ExceptionRule[] {
  return exceptions.filter(({ until }) => {
    const left = until - now
    if (lastLook === null) return left <= tellMs[0]
    return tellMs.some((before) => left <= before && until - lastLook > before)
  })
}

/** A function that says in the log which exceptions end soon or have ended, to be called every now and then. */
export function createExceptionNotice(
  exceptions: readonly ExceptionRule[],
  log: Pick<OverlayLog, 'warn'>,
): (now: number) => void {
  let lastLook: number | null = null
  return (now) => {
    for (const { package: name, versions, until, reason } of exceptionsToTell(exceptions, now, lastLook)) {
      const end = new Date(until).toISOString()
      const message =
        until <= now ? 'an exception has ended: take it out of the file' : 'an exception ends soon'
      log.warn(message, { package: name, versions, until: end, reason })
    }
    lastLook = now
  }
}
