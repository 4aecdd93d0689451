import * as pep440 from '@renovatebot/pep440'
import semver from 'semver'
import type { Ecosystem } from './version-scheme.ts'

/** Longer ones say nothing: the longest that people publish have a few hundred characters, and each clause costs. */
export const mostRangeCharacters = 2000

/**
 * Whether a version in normal form satisfies a range as dependents write it: an npm range, or the clauses of a
 * Python specifier (empty: any). What is no range is satisfied by nothing.
 */
export function satisfiesRange(ecosystem: Ecosystem, version: string, range: string): boolean {
  if (range.length > mostRangeCharacters) return false
  if (ecosystem === 'npm') return semver.satisfies(version, range)
  return range === '' || (pep440.valid(version) !== null && pep440.satisfies(version, range))
}

/** The one version that a range allows, in normal form; null for a range that allows several. */
export function pinnedVersion(ecosystem: Ecosystem, range: string): string | null {
  if (range.length > mostRangeCharacters) return null
  if (ecosystem === 'npm') return semver.valid(range.trim().replace(/^=/, ''))
  const clause = /^={2,3}\s*([^,*\s]+)$/.exec(range.trim())
  const clean = clause?.[1] === undefined ? null : pep440.clean(clause[1])
  return clean === null ? null : pep440.valid(clean)
}
