import { ownEntry } from '../../versions/own-entry.ts'
import type { HttpProblem } from '../http/problem.ts'

/** Why a package cannot take these tags besides the ones that it has; null when it can. */
export function tagLimitProblem(
  known: Readonly<Record<string, string>>,
  wanted: readonly string[],
  most: number,
): HttpProblem | null {
  const fresh = wanted.filter((tag) => ownEntry(known, tag) === undefined).length
  const count = Object.keys(known).length + fresh
  if (fresh === 0 || count <= most) return null
  const expected = `at most ${most} dist-tags of one package`
  const value = `${count} dist-tags`
  return {
    status: 400,
    detail: `dist-tags: got ${value}, expected ${expected}`,
    field: 'dist-tags',
    value,
    expected,
  }
}
