import { formatTime } from '../gates/format-time.ts'

/** `2026-11-20T14:00:05.250Z`: integer milliseconds since the epoch as RFC 3339 (PEP 700, npm `time`). */
export function isoTime(atMs: number): string {
  const [day, clock] = formatTime(atMs).split(' ')
  const inMinute = ((atMs % 60_000) + 60_000) % 60_000
  const seconds = String(Math.floor(inMinute / 1000)).padStart(2, '0')
  return `${day}T${clock}:${seconds}.${String(inMinute % 1000).padStart(3, '0')}Z`
}
