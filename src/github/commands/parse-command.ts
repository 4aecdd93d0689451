import { commandWords, knownCommand } from './command-table.ts'
import { readTarget } from './command-target.ts'
import type { ParsedComment } from './comment-command.ts'
import { unread } from './read-words.ts'
import { shownLines } from './shown-lines.ts'

const mostReason = 500
const callPattern = /^\/slipway(?=\s|$)(.*)$/i
/** Most comments hold none; only the others are read as CommonMark. */
const mayCall = /^[^\S\r\n]*\/slipway(?=\s|$)/im
const percentPattern = /^\d+(?:\.\d+)?%?$/

/**
 * Reads the one command of a comment: a line that starts with `/slipway` and that GitHub shows as its author's
 * text (`shown-lines.ts`). Several commands in one comment are refused together, so that none is half-done.
 */
export function parseCommand(body: string): ParsedComment {
  if (!mayCall.test(body)) return null
  const calls = shownLines(body).filter((line) => callPattern.test(line))
  const [line] = calls
  if (line === undefined) return null
  if (calls.length > 1) {
    const message = `one comment holds one command; this one holds ${calls.length} and none was carried out.`
    return { ok: false, line, message }
  }
  const [word = '', ...others] = (callPattern.exec(line)?.[1] ?? '').trim().split(/\s+/)
  const command = knownCommand(word.toLowerCase())
  if (command === null) return unread(line, 'command', word, `one of ${commandWords.join(', ')}`)
  const [next = ''] = others
  const isPercent = command.takesPercent === true && percentPattern.test(next)
  const target = isPercent ? null : readTarget(next)
  const rest = (target === null ? others : others.slice(1)).join(' ')
  if (rest.length > mostReason) return unread(line, 'reason', rest, `at most ${mostReason} characters`)
  return command.reads({ target, line, rest })
}
