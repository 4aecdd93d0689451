import { getInput, getMultilineInput } from '@actions/core'
import { parseDuration } from '../config/duration.ts'
import { type Problem, type Result, sayProblem, showValue } from '../versions/problem.ts'

/** Ends the step as failed, with what a person should read; the only exception that steps throw. */
export class StepFailure extends Error {}

/** Fails the step for a wrong input. */
export function failFor(problem: Problem): StepFailure {
  return new StepFailure(sayProblem(problem))
}

/** An input that must be there, or the step fails naming it and what it takes. */
export function neededInput(name: string, expected: string): string {
  const value = getInput(name)
  if (value === '') throw failFor({ field: name, value: 'nothing', expected })
  return value
}

/** Lines of an input, without empty ones. */
export function inputLines(name: string): readonly string[] {
  return getMultilineInput(name)
}

/** Root of the server from `server`. */
export function serverInput(): string {
  const text = neededInput('server', 'the URL of the Slipway server, such as https://slipway.example')
  return required(httpUrl('server', text)).replace(/\/+$/, '')
}

/** No job runs longer, and a timer takes no more than 24 days. */
const LONGEST_MS = 5 * 24 * 60 * 60 * 1000

/** A duration input in milliseconds, from one second to five days. */
export function durationInput(name: string, otherwise: string): number {
  const text = getInput(name) || otherwise
  const ms = required(parseDuration(text, name))
  if (ms >= 1000 && ms <= LONGEST_MS) return ms
  throw failFor({ field: name, value: showValue(text), expected: 'a duration from 1s to 5d, such as 30m' })
}

export function httpUrl(field: string, text: string): Result<string> {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && /^https?:$/.test(url.protocol)
    ? { ok: true, value: text }
    : { ok: false, problem: { field, value: showValue(text), expected: 'an http or https URL' } }
}

function required<T>(result: Result<T>): T {
  if (!result.ok) throw failFor(result.problem)
  return result.value
}
