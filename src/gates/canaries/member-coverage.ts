import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { CanaryFacts, GateFacts } from '../evidence.ts'
import type { CanariesRule } from '../policy.ts'
import { judge, type Said } from './comparison.ts'

/** What one canary says about one package of a train that it offers to test. */
export interface MemberSaid {
  readonly package: PackageId
  readonly comparison: Said
}

/** The packages of a rollout, when there are several. */
export function packagesTogether(releases: GateFacts['releases']): readonly PackageId[] {
  const packages = new Set(releases.map(({ candidate }) => packageIdOf(candidate)))
  return packages.size > 1 ? [...packages] : []
}

/**
 * What a canary says about each package of a train that it is for: one that had another installed is evidence of that
 * one alone. Whatever counts for the canary as a whole (a waiver, an answer still awaited, quarantine) counts for each.
 */
export function saidOfMembers(
  canary: CanaryFacts,
  overall: Said,
  releases: GateFacts['releases'],
  rule: CanariesRule,
  now: number,
): readonly MemberSaid[] {
  const own = canary.entry.packages ?? []
  return own.flatMap((id): readonly MemberSaid[] => {
    const some = releases.filter(({ candidate }) => packageIdOf(candidate) === id)
    if (some.length === 0) return []
    const isWhole = !overall.decided || overall.kind === 'waived'
    return [{ package: id, comparison: isWhole ? overall : judge(canary, some, rule, now) }]
  })
}
