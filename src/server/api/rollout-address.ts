import { showValue } from '../../versions/problem.ts'
import { formatReleaseId, parseReleaseId } from '../../versions/release.ts'
import type { HttpProblem } from '../http/problem.ts'

/** A rollout as an address names it, and what is wanted from it. */
export type RolloutAddress =
  | {
      readonly ok: true
      /** A rollout id, or a release id in normal form. */
      readonly id: string
      /** Path segments after the id: empty, or the action. */
      readonly action: string
    }
  | { readonly ok: false; readonly problem: HttpProblem }

const expected = 'a rollout id (ro- and 16 letters or digits) or a release id such as npm:@scope/lib@2.0.0'

/**
 * Reads `<id>[/<action>]` from the raw path behind `/rollouts/`, with the id written as it is or
 * percent-encoded. A rollout id is one segment; a release id runs through the first segment that holds `@`
 * and a version, which for a scoped name written plainly is the second one.
 */
export function parseRolloutAddress(rawPath: string): RolloutAddress {
  const segments = rawPath.split('/').map(decodeSegment)
  const [first = '', second, ...others] = segments
  if (first === null || second === null) return unreadable(rawPath)
  if (/^ro-[a-z2-7]{16}$/.test(first)) return address(first, [second, ...others])
  const isPlainScope = /^[a-z]+:@[^/@]+$/.test(first)
  const text = isPlainScope && second !== undefined ? `${first}/${second}` : first
  const release = parseReleaseId(text)
  if (!release.ok) return unreadable(text)
  return address(formatReleaseId(release.value), isPlainScope ? others : [second, ...others])
}

/** Reads an id that stands alone, as in a request body or a query. */
export function parseRolloutId(text: string): RolloutAddress {
  if (/^ro-[a-z2-7]{16}$/.test(text)) return { ok: true, id: text, action: '' }
  const release = parseReleaseId(text)
  return release.ok ? { ok: true, id: formatReleaseId(release.value), action: '' } : unreadable(text)
}

function address(id: string, rest: readonly (string | null | undefined)[]): RolloutAddress {
  const action = rest.filter((segment) => segment !== undefined && segment !== '').join('/')
  return { ok: true, id, action }
}

function unreadable(text: string): RolloutAddress {
  const value = showValue(text)
  const detail = `id: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field: 'id', value, expected } }
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
