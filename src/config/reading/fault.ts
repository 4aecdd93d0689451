import type { z } from 'zod'
import type { Problem } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import { nearestWord } from './nearest-word.ts'

/** Where in a settings document: keys and list positions from the top. */
export type SettingPath = readonly (string | number)[]

/** Something wrong with a setting, before it is known which line of which file it stands on. */
export interface Fault {
  readonly path: SettingPath
  /** Whether the key itself is wrong (unknown, not supported) or what it holds. */
  readonly about: 'key' | 'value'
  /** What was given, ready to print. */
  readonly value: string
  /** What is accepted, as a phrase. */
  readonly expected: string
  /** The valid word next to what was given, when one is near. */
  readonly nearest: string | null
}

/** A fault of the value at a path; the phrase says what is accepted there. */
export function valueFault(
  path: SettingPath,
  given: unknown,
  expected: string,
  nearest: string | null = null,
): Fault {
  return { path, about: 'value', value: showGiven(given), expected, nearest }
}

/** The issues that zod found, as faults, the first `most`. Schemas carry their phrase as the message (`setting.ts`). */
export function faultsOfIssues(
  issues: readonly z.core.$ZodIssue[],
  document: unknown,
  most = Number.POSITIVE_INFINITY,
): Fault[] {
  return issues.slice(0, most).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, most).map((key) => unknownKey(path, key, issue.message.split(', ')))
    }
    if (issue.code === 'invalid_key') {
      const expected = issue.issues[0]?.message ?? issue.message
      return [{ path, about: 'key', value: showValue(path.at(-1)), expected, nearest: null } as const]
    }
    const given = valueAt(document, path)
    const words = issue.code === 'invalid_value' ? issue.values.map(String) : []
    const nearest = typeof given === 'string' ? nearestWord(given, words) : null
    return [valueFault(path, given, issue.message, nearest)]
  })
}

/** The fault as the plain problem that requests answer with. */
export function problemOf(fault: Fault): Problem {
  const hint = fault.nearest === null ? '' : `; did you mean ${fault.nearest}`
  return { field: sayPath(fault.path), value: fault.value, expected: `${fault.expected}${hint}` }
}

/** `releases[0].stages[2].percent`; the top itself is called `file`. */
function sayPath(path: SettingPath): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return text === '' ? 'file' : text.replace(/^\./, '')
}

/** What stands at a path of a plain document, undefined when nothing does. */
function valueAt(document: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)]
    return isMapping(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }, document)
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownKey(path: SettingPath, key: string, valid: readonly string[]): Fault {
  return {
    path: [...path, key],
    about: 'key',
    value: `the unknown key ${showValue(key)}`,
    expected: `one of ${valid.join(', ')}`,
    nearest: nearestWord(key, valid),
  }
}

function showGiven(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : showValue(value)
}
