import type { z } from 'zod'
import { sayProblem, showValue } from '../versions/problem.ts'
import { type HttpProblem, problemOfList } from './problem.ts'
import type { Ctx } from './server-parts.ts'

export type Body<T> =
  | { readonly ok: true; readonly value: T; readonly text: string }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Reads a JSON body of a known shape; an empty body counts as `{}`. All problems are named at once. */
export async function readBody<Schema extends z.ZodType>(
  c: Ctx,
  schema: Schema,
): Promise<Body<z.output<Schema>>> {
  let text = ''
  let json: unknown
  try {
    text = await c.req.text()
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    const problem = { field: 'body', value: showValue(text.slice(0, 60)), expected: 'a JSON object' }
    return { ok: false, problem: { status: 400, detail: sayProblem(problem), ...problem } }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data, text }
  return {
    ok: false,
    problem: problemOfList(
      parsed.error.issues.map((issue) => ({
        field: issue.path.map(String).join('.') || 'body',
        value: showValue(issue.code === 'unrecognized_keys' ? issue.keys : valueAt(json, issue.path)),
        expected: issue.code === 'unrecognized_keys' ? 'only fields that are documented' : issue.message,
      })),
    ),
  }
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
