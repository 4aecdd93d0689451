import type { FindingLevel } from '../../gates/contents/finding-levels.ts'
import { comparisonText } from '../../github/words/comparison-words.ts'
import type { BuiltComparison } from './compare-built.ts'

/** Comparisons in words. `quiet`: there is nothing that anybody has to hear of. */
export interface SaidComparisons {
  readonly text: string
  readonly quiet: boolean
}

export function saidOf(compared: readonly BuiltComparison[]): SaidComparisons {
  const packages = compared.map((one) => ({
    from: one.from,
    to: one.to,
    change: one.ok ? one.comparison.change : null,
    findings: one.ok ? one.comparison.findings : [],
    unread: one.ok ? one.comparison.unread.length : 0,
    why: one.ok ? null : one.why,
  }))
  return { text: comparisonText(packages), quiet: loudestOf(compared) === 'nothing' }
}

/** The loudest level of all that was found. */
export function loudestOf(compared: readonly BuiltComparison[]): FindingLevel | 'nothing' {
  const found = new Set(
    compared.flatMap((one) => (one.ok ? one.comparison.findings.map(({ level }) => level) : [])),
  )
  return (['stop', 'ask', 'say'] as const).find((level) => found.has(level)) ?? 'nothing'
}
