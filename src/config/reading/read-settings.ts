import type { z } from 'zod'
import type { Fault } from './fault.ts'
import { faultsOfIssues } from './fault.ts'

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Whoever has more to mend begins with these; each costs a walk through the document to find its line. */
export const mostFaults = 100

/**
 * Checks a plain document against a schema and against rules that span several settings, and gives all
 * faults at once. `rules` sees the document as written, which may be of any shape, so that a fault in one
 * place does not hide those in another.
 */
export function checkSettings<Schema extends z.ZodType>(
  document: unknown,
  schema: Schema,
  rules: (document: unknown) => readonly Fault[],
): Checked<z.output<Schema>> {
  const result = schema.safeParse(document)
  const faults = [
    ...(result.success ? [] : faultsOfIssues(result.error.issues, document, mostFaults)),
    ...rules(document),
  ]
  if (result.success && faults.length === 0) return { ok: true, value: result.data }
  return { ok: false, faults }
}
