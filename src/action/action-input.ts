import { getInput, getMultilineInput, setSecret } from '@actions/core'
import { context } from '@actions/github'
import { parseDuration } from '../config/reading/duration.ts'
import { meantLines, sayMeant } from '../gates/contents/meant-lines.ts'
import type { ServerAccess } from '../registries/slipway-index/api-client.ts'
import type { ApiFailure } from '../registries/slipway-index/api-request.ts'
import { type Problem, type Result, sayProblem, showValue } from '../versions/problem.ts'

/** Exit codes of a step: refused, rolled back or a wrong input; and nobody there to ask. */
export const EXIT = { refused: 1, unreachable: 3 } as const

/** Ends the step as failed, with what a person should read; the only exception that steps throw. */
export class StepFailure extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number = EXIT.refused) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Fails the step for an answer that did not come or said no. */
export function failForAnswer(failure: ApiFailure, more = ''): StepFailure {
  const code = failure.kind === 'unreachable' ? EXIT.unreachable : EXIT.refused
  return new StepFailure(more === '' ? failure.message : `${failure.message}\n${more}`, code)
}

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

/** The server and the token to ask it with; the token is masked. Null asks as nobody. */
export function accessInput(): ServerAccess {
  const token = getInput('token')
  if (token !== '') setSecret(token)
  return { server: serverInput(), token: token === '' ? null : token }
}

/** A rollout or a release from `rollout`. */
export function rolloutInput(): string {
  return neededInput('rollout', 'a rollout id (ro-...) or a release such as pypi:demo-lib@1.3.0')
}

/** A switch: `true` or `false`; nothing is `otherwise`. */
export function switchInput(name: string, otherwise: boolean): boolean {
  const text = getInput(name).toLowerCase()
  if (text === '') return otherwise
  if (text === 'true' || text === 'false') return text === 'true'
  throw failFor({ field: name, value: showValue(text), expected: 'true or false' })
}

/** Whether the step only says what it would do. */
export function isDryRun(): boolean {
  return switchInput('dry-run', false)
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

/** Findings about the files that are answered before anybody found them: of the input, and of the release that the run is for. */
export function meantInput(): { readonly meant?: readonly string[] } {
  const notes: unknown = context.payload.release?.body
  const meant = [...inputLines('meant'), ...meantLines(typeof notes === 'string' ? notes : '').map(sayMeant)]
  return meant.length === 0 ? {} : { meant }
}
