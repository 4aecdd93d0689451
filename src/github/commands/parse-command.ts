import { parseDuration } from '../../config/reading/duration.ts'
import { showValue } from '../../versions/problem.ts'

/** A command as somebody wrote it. `target` is a rollout or release id put after the word, or null. */
export type CommentCommand = { readonly target: string | null; readonly line: string } & (
  | { readonly word: 'status' }
  | { readonly word: 'why' }
  | { readonly word: 'help' }
  | { readonly word: 'approve' | 'pause' | 'resume' | 'rollback'; readonly reason: string }
  /** `to` in basis points; null for the next stage. */
  | { readonly word: 'advance'; readonly to: number | null; readonly reason: string }
  /** `bisect`: search for the first bad release instead of trying the same again. */
  | { readonly word: 'retry'; readonly canary: string; readonly bisect: boolean; readonly reason: string }
  | { readonly word: 'waive'; readonly canary: string; readonly reason: string }
  | { readonly word: 'hold'; readonly durationMs: number; readonly reason: string }
)

/** Null: the comment holds no command. Otherwise the command, or the sentence that says what would have been one. */
export type ParsedComment =
  | null
  | { readonly ok: true; readonly command: CommentCommand }
  | { readonly ok: false; readonly line: string; readonly message: string }

const commandWords = [
  'status',
  'why',
  'approve',
  'advance',
  'pause',
  'resume',
  'rollback',
  'retry',
  'waive',
  'hold',
  'help',
] as const

const mostReason = 500
const callPattern = /^ {0,3}\/slipway(?=\s|$)(.*)$/i
const fencePattern = /^ {0,3}(```+|~~~+)/
const targetPattern = /^(?:ro-[a-z2-7]{16}|(?:npm|pypi):\S+@\S+)$/

/** Lines that call Slipway: not those in fenced code, indented code or quotes. */
function callsIn(body: string): string[] {
  const calls: string[] = []
  let fence: string | null = null
  for (const line of body.split(/\r?\n/)) {
    const mark = fencePattern.exec(line)?.[1]
    if (mark !== undefined) {
      if (fence === null) fence = mark
      else if (mark.startsWith(fence)) fence = null
    } else if (fence === null && callPattern.test(line)) calls.push(line.trim())
  }
  return calls
}

type Words = { readonly target: string | null; readonly line: string; readonly rest: string }

function refused(line: string, field: string, value: string, expected: string): ParsedComment {
  return { ok: false, line, message: `${field}: got ${showValue(value)}, expected ${expected}.` }
}

function readAdvance(words: Words): ParsedComment {
  const { target, line, rest } = words
  const found = /^(to\s+)?(\d+(?:\.\d+)?)\s*(%)?(?:\s+(.*))?$/i.exec(rest)
  if (found === null) return { ok: true, command: { word: 'advance', target, line, to: null, reason: rest } }
  const [, to, number = '', sign, reason = ''] = found
  if (to === undefined && sign === undefined && reason !== '') {
    return refused(
      line,
      'to',
      rest,
      'a stage as a percent with its sign, such as `25 %`, or a reason that starts with a word',
    )
  }
  const basisPoints = Math.round(Number(number) * 100)
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(number) || basisPoints > 10_000) {
    return refused(line, 'to', number, 'the percent of a stage, from 0 to 100 with at most two decimals')
  }
  return { ok: true, command: { word: 'advance', target, line, to: basisPoints, reason } }
}

const canaryPattern = /^(private canary \d+|\S+)(?:\s+(.*))?$/i
/** Phones make one long dash of two. */
const optionPattern = /^(?:--|—)(\S*)(?:\s+(.*))?$/

function noCanary(line: string): ParsedComment {
  return refused(line, 'canary', '', 'a canary as the tracking issue names it, such as acme/app')
}

function readWaive({ target, line, rest }: Words): ParsedComment {
  const found = canaryPattern.exec(rest)
  if (found === null) return noCanary(line)
  const [, canary = '', reason = ''] = found
  if (reason === '') {
    return refused(line, 'reason', '', 'a few words after the canary that say why its result does not count')
  }
  return { ok: true, command: { word: 'waive', target, line, canary, reason } }
}

/** The option stands before or after the canary; later in the line it is part of the reason. */
function readRetry({ target, line, rest }: Words): ParsedComment {
  const before = optionPattern.exec(rest)
  const found = canaryPattern.exec(before === null ? rest : (before[2] ?? ''))
  const after = before === null ? optionPattern.exec(found?.[2] ?? '') : null
  const option = before ?? after
  if (option !== null && option[1]?.toLowerCase() !== 'bisect') {
    return refused(line, 'option', `--${option[1] ?? ''}`, 'no option, or --bisect')
  }
  if (found === null) return noCanary(line)
  const reason = (after === null ? found[2] : after[2]) ?? ''
  const command = { word: 'retry', target, line, canary: found[1] ?? '', bisect: option !== null } as const
  return { ok: true, command: { ...command, reason } }
}

function readHold(words: Words): ParsedComment {
  const { target, line, rest } = words
  const [text = '', ...others] = rest.split(/\s+/)
  const duration = parseDuration(text)
  if (!duration.ok) return refused(line, 'duration', text, duration.problem.expected)
  const reason = others.join(' ')
  if (reason === '')
    return refused(line, 'reason', '', 'a few words after the duration that say what to wait for')
  return { ok: true, command: { word: 'hold', target, line, durationMs: duration.value, reason } }
}

function readWord(word: string, words: Words): ParsedComment {
  const { target, line, rest } = words
  switch (word) {
    case 'status':
    case 'why':
    case 'help':
      return { ok: true, command: { word, target, line } }
    case 'approve':
    case 'pause':
    case 'resume':
    case 'rollback':
      return { ok: true, command: { word, target, line, reason: rest } }
    case 'advance':
      return readAdvance(words)
    case 'retry':
      return readRetry(words)
    case 'waive':
      return readWaive(words)
    case 'hold':
      return readHold(words)
    default:
      return refused(line, 'command', word, `one of ${commandWords.join(', ')}`)
  }
}

/**
 * Reads the one command of a comment: a line that starts with `/slipway`, outside code and quotes. Several
 * commands in one comment are refused together, so that none is half-done.
 */
export function parseCommand(body: string): ParsedComment {
  const calls = callsIn(body)
  const [line] = calls
  if (line === undefined) return null
  if (calls.length > 1) {
    const message = `one comment holds one command; this one holds ${calls.length} and none was carried out.`
    return { ok: false, line, message }
  }
  const [word = '', ...others] = (callPattern.exec(line)?.[1] ?? '').trim().split(/\s+/)
  const target = targetPattern.test(others[0] ?? '') ? (others.shift() ?? null) : null
  const rest = others.join(' ')
  if (rest.length > mostReason) {
    return refused(line, 'reason', rest, `at most ${mostReason} characters`)
  }
  return readWord(word.toLowerCase(), { target, line, rest })
}
