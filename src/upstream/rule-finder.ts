import { nameMatcher } from '../config/reading/match-name.ts'
import type { AdoptRule } from '../config/server/overlay-settings.ts'
import type { PackageId } from '../versions/release.ts'

/** The rule that stages a package, or null. */
export type RuleOf = (id: PackageId) => AdoptRule | null

/** The first rule that matches and does not exclude. */
export function ruleFinder(rules: readonly AdoptRule[]): RuleOf {
  const found = rules.map((rule) => ({
    rule,
    matches: nameMatcher([rule.match]),
    excludes: nameMatcher(rule.exclude),
  }))
  return (id) => found.find(({ matches, excludes }) => matches(id) && !excludes(id))?.rule ?? null
}
