/**
 * One thing that is wrong with an input, in the form every refusal takes: the field, the value that
 * was given, and what would have been accepted. Text for people is made from it by `sayProblem`.
 */
export interface Problem {
  /** Dotted path of the field, e.g. `releases[0].stages[2].percent`. */
  readonly field: string
  /** The offending value as a person would type it, already shortened to at most 200 characters. */
  readonly value: string
  /** What is accepted, as a phrase: `a whole or decimal number from 0 to 100 with at most two decimals`. */
  readonly expected: string
}

/** A value, or the first problem that kept it from being one. Refusals are values, never exceptions. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

/** The sentence a person reads for a problem. */
export function sayProblem(problem: Problem): string {
  return `${problem.field}: got ${problem.value}, expected ${problem.expected}`
}

/** A value shortened and quoted so that it can stand in a one-line message. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}
