import { readFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import type { LastingTime } from '../../ports/clock-marks.ts'

/** The time since this machine was switched on, which nobody sets; null where it cannot be told from another boot. */
export async function bootTime(): Promise<LastingTime | null> {
  try {
    const clock = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    return { clock, ms: Math.floor(uptime() * 1000) }
  } catch {
    return null
  }
}
