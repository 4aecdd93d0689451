import type { HttpProblem } from './problem.ts'

/** Nothing can be written: no room, a file system that is read-only, or a disk that fails. */
const codes: readonly (readonly [RegExp, string])[] = [
  [/^(?:ENOSPC|EDQUOT|SQLITE_FULL.*)$/, 'there is no room left on its disk'],
  [/^(?:EROFS|EACCES|EPERM|SQLITE_READONLY.*|SQLITE_CANTOPEN.*)$/, 'its data folder cannot be written'],
  [/^(?:EIO|SQLITE_IOERR.*)$/, 'its disk fails'],
]

/**
 * The answer to a write that storage refused, or null for any other error. Nothing of it was stored: a write is
 * one transaction, and a file counts only with its record.
 */
export function storageProblem(error: unknown): HttpProblem | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (isAway(error, code)) {
    return {
      status: 503,
      detail: 'The storage does not answer right now. Reading goes on; send this again in a few seconds.',
    }
  }
  const found = codes.find(([pattern]) => pattern.test(code))
  if (found === undefined) return null
  const detail = `Nothing was stored: the server cannot write, because ${found[1]} (${code}). Reading goes on; send this again later.`
  return { status: 507, detail }
}

/** A database on another machine that cannot be reached, or whose connection broke in the middle. */
function isAway(error: unknown, code: string): boolean {
  if (/^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|57P0\d|08\d{3})$/.test(code)) return true
  const message = error instanceof Error ? error.message : ''
  return /^(?:Connection terminated|Query read timeout|timeout exceeded when trying to connect)/.test(message)
}
