import { parsePartialVersion } from '../../versions/partial-version.ts'
import type { HttpProblem } from '../http/problem.ts'

/** Why a tag that is a partial version cannot be set by hand; null for any other tag. */
export function floatingProblem(tag: string): HttpProblem | null {
  if (parsePartialVersion(tag) === null) return null
  const name = tag.replace(/^v?/, 'v')
  const detail = `${tag} cannot be set by hand: ${name} is kept at the newest full release that begins with ${name.slice(1)}.`
  return { status: 400, detail, field: 'tag', value: tag, expected: 'a name that is no version or range' }
}
