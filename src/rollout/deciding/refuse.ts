import { showValue } from '../../versions/problem.ts'
import type { Refusal, RefusalReason } from './refusal.ts'

/** The one way to make a refusal: why, then field, value and what would have been accepted. */
export function refuse(
  reason: RefusalReason,
  why: string,
  field: string,
  value: unknown,
  expected: string,
): Refusal {
  const shown = showValue(value)
  return {
    reason,
    field,
    value: shown,
    expected,
    message: `${why} ${field}: got ${shown}, expected ${expected}.`,
  }
}
