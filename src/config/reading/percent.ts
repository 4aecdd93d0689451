import type { Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'

const percentExpected = 'a number from 0 to 100 with at most two decimals'

/**
 * Reads a percent as it stands in a file or request (`5`, `12.5`) and gives basis points, a whole number
 * 0..10000. Text is refused, also `"50%"`; so are NaN, infinities and finer steps than 0.01.
 */
export function parsePercent(value: unknown, field = 'percent'): Result<number> {
  const expected =
    typeof value === 'string' && /^\s*[\d.]+\s*%?\s*$/.test(value)
      ? `${percentExpected}, written without quotes and without the % sign`
      : percentExpected
  const refused = { ok: false, problem: { field, value: showValue(value), expected } } as const
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return refused
  const basisPoints = Math.round(value * 100)
  // 0.07 * 100 is 7.000000000000001 in binary, 0.001 * 100 is a real remainder.
  return Math.abs(value * 100 - basisPoints) < 1e-6 ? { ok: true, value: basisPoints } : refused
}
