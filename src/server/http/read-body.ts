import type { z } from 'zod'
import { fixedLimits } from '../../config/server/limits.ts'
import { sayProblem, showValue } from '../../versions/problem.ts'
import type { Ctx } from '../server-parts.ts'
import { isDeeperThan } from './json-depth.ts'
import { BodyTooLarge, limitedBody } from './limited-body.ts'
import { type HttpProblem, problemOfList } from './problem.ts'

export type Body<T> =
  | { readonly ok: true; readonly value: T; readonly text: string }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Reads a JSON body of a known shape; an empty body counts as `{}`. All problems are named at once. */
export async function readBody<Schema extends z.ZodType>(
  c: Ctx,
  schema: Schema,
): Promise<Body<z.output<Schema>>> {
  const read = await readText(c)
  if (typeof read !== 'string') return { ok: false, problem: read }
  const body = parseBody(read, schema)
  if (body.ok) c.set('body', body.value)
  return body
}

/** The same for a text that is here already. */
export function parseBody<Schema extends z.ZodType>(text: string, schema: Schema): Body<z.output<Schema>> {
  let json: unknown
  try {
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return { ok: false, problem: badBody(showValue(text.slice(0, 60)), 'a JSON object') }
  }
  const { jsonDepth } = fixedLimits
  if (isDeeperThan(json, jsonDepth)) {
    return {
      ok: false,
      problem: badBody('a deeper one', `at most ${jsonDepth} levels of lists and mappings`),
    }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data, text }
  return {
    ok: false,
    problem: problemOfList(
      parsed.error.issues.slice(0, fixedLimits.problems).map((issue) => ({
        field: issue.path.map(String).join('.') || 'body',
        value: showValue(issue.code === 'unrecognized_keys' ? issue.keys : valueAt(json, issue.path)),
        expected: expectedOf(issue),
      })),
    ),
  }
}

/** For npm, which reads a 422 as a version that was there before. */
export function asBadRequest(problem: HttpProblem): HttpProblem {
  return problem.status === 422 ? { ...problem, status: 400 } : problem
}

/** The body as text. What is no UTF-8 is refused: read with replacement characters it would be stored changed. */
async function readText(c: Ctx): Promise<string | HttpProblem> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for await (const chunk of limitedBody(c.env.incoming, c.env.maxBodyBytes)) {
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof BodyTooLarge) return error.problem
    if (error instanceof TypeError) return badBody('bytes that are no UTF-8', 'JSON in UTF-8')
    return badBody('a body that ends early', 'a whole JSON object')
  }
}

export function badBody(value: string, expected: string): HttpProblem {
  const problem = { field: 'body', value, expected }
  return { status: 400, detail: sayProblem(problem), ...problem }
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined,
    json,
  )
}

/** A schema's own words where it has some; never the library's ("Invalid input: expected string, received undefined"). */
function expectedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'only fields that are documented'
  if (!/^(?:Invalid|Too (?:small|big)|Unrecognized)/.test(issue.message)) return issue.message
  if (issue.code !== 'invalid_type') return 'another value; the documentation of the API says which'
  return wordsOfType[issue.expected] ?? `a value of the type ${issue.expected}`
}

const wordsOfType: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}
