import type { Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'

const units = [
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
] as const

/** One or more numbers with a unit, largest first not required: `15m`, `90 s`, `1h30m`. */
export const durationPattern = '^\\s*\\d{1,9}\\s*[smhdw](\\s*\\d{1,9}\\s*[smhdw])*\\s*$'

export const durationExpected = 'a duration such as 30s, 15m, 12h, 7d or 1h30m (units s, m, h, d, w)'

/** Ten years: longer than any rollout, short enough to add to a time safely. */
const longestMs = 3650 * 86_400_000

/**
 * Reads a duration as people write it in files and comments: whole numbers with the units s, m, h, d, w,
 * each unit at most once (`15m`, `90 s`, `1h30m`). The value is in whole milliseconds, 0 to ten years.
 * `field` names the setting in the problem.
 */
export function parseDuration(text: string, field = 'duration'): Result<number> {
  const refused = {
    ok: false,
    problem: { field, value: showValue(text), expected: durationExpected },
  } as const
  if (!new RegExp(durationPattern).test(text)) return refused
  let ms = 0
  for (const [unit, unitMs] of units) {
    const counts = text.match(new RegExp(`\\d+(?=\\s*${unit})`, 'g')) ?? []
    if (counts.length > 1) return refused
    ms += Number(counts[0] ?? 0) * unitMs
  }
  if (ms > longestMs) {
    return { ok: false, problem: { ...refused.problem, expected: `${durationExpected}, at most 3650d` } }
  }
  return { ok: true, value: ms }
}
