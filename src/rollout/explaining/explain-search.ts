import { searchOf } from '../../gates/canaries/bisect.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import type { CanariesRule } from '../../gates/policy.ts'
import type { CanaryExplanation } from './explanation.ts'
import { sayFound, saySearch } from './say-bisect.ts'

/**
 * How far the newest search of a canary is, under the name by which the reader knows it. Unlike the rollout it goes on
 * after the end, so `now` is not the end's time.
 */
export function explainSearch(
  canary: CanaryFacts,
  rule: CanariesRule,
  now: number,
  label: string,
): Pick<CanaryExplanation, 'bisect'> {
  const { bisect } = canary
  const search = searchOf(canary, rule, now)
  if (bisect === undefined || search === null) return {}
  const suspects = bisect.suspects.map(({ release }, index) => ({
    release,
    verdict: search.verdicts[index] ?? 'untested',
  }))
  const { found } = search
  const sentence = found === null ? saySearch(bisect, search) : sayFound(bisect, found, label)
  return { bisect: { suspects, sentence } }
}
