import type { Explanation } from '../../rollout/explaining/explanation.ts'
import { code, prose } from './escape-text.ts'

/** More than these are counted: the table above has them all. */
const mostNamed = 20

/**
 * One sentence for each canary that counts and cannot be tested now, with what keeps it: its repository archived,
 * the App removed, its workflow missing. Who has answered already, or was waived, needs no sentence.
 */
export function conditionNotes({ canaries }: Explanation): string {
  const stuck = canaries.flatMap(({ label, admission, comparison, condition }) =>
    condition === null || admission === 'none' || comparison.decided || comparison.kind === 'waived'
      ? []
      : [`- ${code(label)} cannot be tested: ${prose(condition.message, 200).replace(/\.$/, '')}.`],
  )
  const rest = stuck.length - mostNamed
  const more = rest > 0 ? [`- ${rest} more cannot be tested.`] : []
  return [...stuck.slice(0, mostNamed), ...more].join('\n')
}
