import { z } from 'zod'
import type { Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import { durationExpected, durationPattern, parseDuration } from './duration.ts'
import { parsePercent } from './percent.ts'

/*
 * Building blocks of the settings schemas. Every block's message is the phrase that says what is
 * accepted, so that one loop can turn all of zod's issues into problems (`fault.ts`).
 */

/** A mapping with exactly these keys. The message of an unknown key is the list of valid ones. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a mapping with some of the keys ${keys}`),
  })
}

/** Most entries of one list; people have a few hundred. */
const mostEntries = 2000

export function list<Item extends z.ZodType>(item: Item, what: string) {
  const error = `at most ${mostEntries} entries`
  return z.array(item, { error: `a list of ${what}` }).max(mostEntries, { error })
}

export function text(expected: string, pattern: RegExp) {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(', ')}` })
}

export function yesOrNo() {
  return z.boolean({ error: 'true or false' })
}

export function wholeNumber(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** A setting read by one of our own parsers; `json` is what JSON Schema can say about it. */
export function parsed<T>(parse: (value: unknown) => Result<T>, json: z.core.GlobalMeta) {
  return z
    .unknown()
    .transform((value, context) => {
      const result = parse(value)
      if (result.ok) return result.value
      context.addIssue({ code: 'custom', message: result.problem.expected })
      return z.NEVER
    })
    .meta(json)
}

/** Either a mapping with these keys, each told of by its own path, or something else. */
export function mappingOr<Shape extends z.core.$ZodLooseShape, Other extends z.ZodType>(
  shape: Shape,
  other: Other,
) {
  const long = mapping(shape)
  type Value = z.output<typeof long> | z.output<Other>
  return z
    .unknown()
    .transform((value, context): Value => {
      const isLong = typeof value === 'object' && value !== null && !Array.isArray(value)
      const read = isLong ? long.safeParse(value) : other.safeParse(value)
      if (read.success) return read.data as Value
      for (const issue of read.error.issues) {
        const { path, message } = issue
        // The unknown key itself is what is said of it; all else is said by the phrase.
        if (issue.code === 'unrecognized_keys') {
          context.addIssue({ code: 'unrecognized_keys', keys: issue.keys, path, message })
        } else if (issue.code === 'invalid_value') {
          // The words are kept, so that the nearest one can be named.
          context.addIssue({ code: 'invalid_value', values: issue.values, path, message, input: value })
        } else {
          context.addIssue({ code: 'custom', path, message, input: value })
        }
      }
      return z.NEVER
    })
    .meta({ anyOf: [jsonOf(other), jsonOf(long)] })
}

function jsonOf(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' })
  return json
}

/** Milliseconds from text such as `12h`. `leastMs` keeps out values that can only be mistakes. */
export function duration(leastMs = 0) {
  return parsed<number>(
    (value) => {
      const result =
        typeof value === 'string' ? parseDuration(value) : refused<number>(value, durationExpected)
      if (!result.ok || result.value >= leastMs) return result
      return refused(value, `${durationExpected}, at least ${leastMs / 1000}s`)
    },
    { type: 'string', pattern: durationPattern, examples: ['15m', '24h', '7d'] },
  )
}

/** The same, or `never`, which is null. */
export function durationOrNever(leastMs = 0) {
  const length = duration(leastMs)
  return parsed<number | null>(
    (value) => {
      if (value === 'never') return { ok: true, value: null }
      const read = length.safeParse(value)
      return read.success
        ? { ok: true, value: read.data }
        : refused(value, `${read.error.issues[0]?.message ?? durationExpected}, or never`)
    },
    { type: 'string', pattern: `^never$|${durationPattern}`, examples: ['1h', 'never'] },
  )
}

/** Basis points from a percent such as `12.5`. */
export function percent() {
  return parsed(parsePercent, { type: 'number', minimum: 0, maximum: 100 })
}

export function refused<T>(value: unknown, expected: string): Result<T> {
  return { ok: false, problem: { field: '', value: showValue(value), expected } }
}

const repositoryName = '[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+'

/** `owner/name`, or a cohort key as a client sends it (docs/clients.md). */
export const memberPattern = new RegExp(`^([A-Za-z0-9._~-]{1,200}|${repositoryName})$`)

/** `owner/name` or `owner/*`. */
export const repositoryRulePattern = new RegExp(`^(${repositoryName}|[A-Za-z0-9][A-Za-z0-9-]*/\\*)$`)
