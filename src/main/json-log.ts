import type { Log } from '../engine/core/log.ts'

/** One JSON object a line, as log collectors take it. */
export function createJsonLog(write: (line: string) => void, now: () => number): Log {
  const line =
    (level: 'info' | 'warn' | 'error'): Log['info'] =>
    (message, fields = {}) =>
      write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...fields })}\n`)
  return { info: line('info'), warn: line('warn'), error: line('error') }
}
