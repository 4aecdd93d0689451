import { parseDuration } from '../../config/reading/duration.ts'
import { showValue } from '../../versions/problem.ts'
import type { CommandWords, CommentCommand, ReadCommand } from './comment-command.ts'

/** A command that cannot be read: field, value and what is accepted. */
export function unread(line: string, field: string, value: string, expected: string): ReadCommand {
  return { ok: false, line, message: `${field}: got ${showValue(value)}, expected ${expected}.` }
}

function read(command: CommentCommand): ReadCommand {
  return { ok: true, command }
}

/** A word that only asks; what follows it does not matter. */
export function asking(word: 'status' | 'why' | 'help' | 'leave') {
  return ({ target, line }: CommandWords): ReadCommand => read({ word, target, line })
}

type Spoken =
  | 'stop'
  | 'approve'
  | 'pause'
  | 'resume'
  | 'rollback'
  | 'urgent'
  | 'catch-up'
  | 'abandon'
  | 'block'
  | 'unblock'

/** A word with a reason after it, which may be left out where the rollout asks for none. */
export function withReason(word: Spoken) {
  return ({ target, line, rest }: CommandWords): ReadCommand =>
    strangeOption(line, rest) ?? read({ word, target, line, reason: rest })
}

/** An option of the command line where a reason is wanted: what it was meant to say would be lost. */
function strangeOption(line: string, rest: string): ReadCommand | null {
  const option = /^--[a-z][^\s=]*/i.exec(rest)?.[0]
  return option === undefined
    ? null
    : unread(line, 'option', option, 'no option here, the reason as plain words')
}

const percent = 'the percent of a stage, from 0 to 100 with at most two decimals'

/** `[to] 25 [%] [reason]`, `--to 25` as on the command line: the percent in basis points, null where the words begin with none. */
export function readPercent(
  rest: string,
):
  | { readonly ok: true; readonly to: number | null; readonly reason: string }
  | { readonly ok: false; readonly value: string; readonly expected: string } {
  const found = /^((?:--|—)?to[\s=]\s*)?(\d+(?:\.\d+)?)\s*(%)?(?:\s+(.*))?$/i.exec(rest)
  if (found === null) return { ok: true, to: null, reason: rest }
  const [, to, number = '', sign, reason = ''] = found
  if (to === undefined && sign === undefined && reason !== '') {
    const expected = 'a stage as a percent with its sign, such as `25 %`, or a reason that starts with a word'
    return { ok: false, value: rest, expected }
  }
  const basisPoints = Math.round(Number(number) * 100)
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(number) || basisPoints > 10_000) {
    return { ok: false, value: number, expected: percent }
  }
  return { ok: true, to: basisPoints, reason }
}

/** `advance [percent] [reason]`. */
export function readAdvance({ target, line, rest }: CommandWords): ReadCommand {
  const found = readPercent(rest)
  if (!found.ok) return unread(line, 'to', found.value, found.expected)
  const strange = found.to === null ? strangeOption(line, found.reason) : null
  return strange ?? read({ word: 'advance', target, line, to: found.to, reason: found.reason })
}

/** `lower [to] <percent> <reason>`: there is always a percent, so it needs no sign to be told from the reason. */
export function readLower({ target, line, rest }: CommandWords): ReadCommand {
  const [, number = '', reason = ''] =
    /^(?:(?:--|—)?to[\s=]\s*)?(\d+(?:\.\d+)?)\s*%?(?:\s+(.*))?$/i.exec(rest) ?? []
  const found = readPercent(`${number} %`)
  if (number === '' || !found.ok || found.to === null) {
    return unread(line, 'to', number || (rest.split(/\s/, 1)[0] ?? ''), percent)
  }
  return read({ word: 'lower', target, line, to: found.to, reason })
}

const canaryPattern = /^(private canary \d+|\S+)(?:\s+(.*))?$/i
/** Phones make one long dash of two. */
const optionPattern = /^(?:--|—)(\S*)(?:\s+(.*))?$/

function noCanary(line: string): ReadCommand {
  return unread(line, 'canary', '', 'a canary as the tracking issue names it, such as acme/app')
}

/** `restart [--same-users] <reason>`. */
export function readRestart({ target, line, rest }: CommandWords): ReadCommand {
  const found = optionPattern.exec(rest)
  if (found !== null && found[1]?.toLowerCase() !== 'same-users') {
    return unread(line, 'option', `--${found[1] ?? ''}`, 'no option, or --same-users')
  }
  const reason = found === null ? rest : (found[2] ?? '')
  return read({ word: 'restart', target, line, sameUsers: found !== null, reason })
}

/** `waive <canary> <reason>`. */
export function readWaive({ target, line, rest }: CommandWords): ReadCommand {
  const found = canaryPattern.exec(rest)
  if (found === null) return noCanary(line)
  const [, canary = '', reason = ''] = found
  if (reason === '') {
    return unread(line, 'reason', '', 'a few words after the canary that say why its result does not count')
  }
  return read({ word: 'waive', target, line, canary, reason })
}

/** `retry <canary> [--bisect] [reason]`: the option stands before or after the canary; later it is part of the reason. */
export function readRetry({ target, line, rest }: CommandWords): ReadCommand {
  const before = optionPattern.exec(rest)
  const found = canaryPattern.exec(before === null ? rest : (before[2] ?? ''))
  const after = before === null ? optionPattern.exec(found?.[2] ?? '') : null
  const option = before ?? after
  if (option !== null && option[1]?.toLowerCase() !== 'bisect') {
    return unread(line, 'option', `--${option[1] ?? ''}`, 'no option, or --bisect')
  }
  if (found === null) return noCanary(line)
  const reason = (after === null ? found[2] : after[2]) ?? ''
  return read({ word: 'retry', target, line, canary: found[1] ?? '', bisect: option !== null, reason })
}

/** `dismiss <code> <reason>`. */
export function readDismiss({ target, line, rest }: CommandWords): ReadCommand {
  const [code = '', ...others] = rest.split(/\s+/)
  if (!/^[a-z][a-z-]*$/i.test(code)) {
    return unread(line, 'code', code, 'the code of what was found, such as deprecated')
  }
  const reason = others.join(' ')
  if (reason === '') {
    return unread(line, 'reason', '', 'a few words after the code that say why it does not stand in the way')
  }
  return read({ word: 'dismiss', target, line, code: code.toLowerCase(), reason })
}

/** `hold <duration> <reason>`. */
export function readHold({ target, line, rest }: CommandWords): ReadCommand {
  const [text = '', ...others] = rest.split(/\s+/)
  const duration = parseDuration(text)
  if (!duration.ok) return unread(line, 'duration', text, duration.problem.expected)
  const reason = others.join(' ')
  if (reason === '')
    return unread(line, 'reason', '', 'a few words after the duration that say what to wait for')
  return read({ word: 'hold', target, line, durationMs: duration.value, reason })
}
