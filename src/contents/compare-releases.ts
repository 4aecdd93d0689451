import { type ChangeKind, type FindingCode, type FindingLevel, isFindingCode, levelOf } from '../gates/contents/finding-levels.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import { changeKind } from './change-kind.ts'
import type { ReleaseContents, Unread } from './contents.ts'
import { compareTarballs } from './javascript/compare-tarballs.ts'
import { compareDistributions } from './python/compare-distributions.ts'

/** One thing that a release changes. */
export interface Finding {
  readonly code: FindingCode
  readonly level: FindingLevel
  /** Sorted, at most 50; the others are counted in `more`. */
  readonly what: readonly string[]
  readonly more: number
}

/** What a candidate changes against its baseline. */
export interface Comparison {
  readonly change: ChangeKind
  readonly files: readonly (readonly [before: string, after: string])[]
  readonly findings: readonly Finding[]
  readonly unread: readonly Unread[]
}

const order: readonly FindingLevel[] = ['stop', 'ask', 'say']
const mostShown = 50

/** Compares two releases of one package by their files alone. Runs nothing of them. */
export function compareReleases(ecosystem: Ecosystem, before: ReleaseContents, after: ReleaseContents): Comparison {
  const change = changeKind(ecosystem, before.version, after.version)
  const found = ecosystem === 'npm' ? compareTarballs(before, after) : compareDistributions(before, after)
  const findings = [...found.all].flatMap(([code, what]): Finding[] => {
    if (!isFindingCode(code)) throw new Error(`finding code ${code} has no level`)
    const sorted = [...what].sort()
    return [{ code, level: levelOf(code, change, false), what: sorted.slice(0, mostShown), more: Math.max(0, sorted.length - mostShown) }]
  })
  findings.sort((left, right) => order.indexOf(left.level) - order.indexOf(right.level) || (left.code < right.code ? -1 : 1))
  const pair = before.archive === null || after.archive === null ? [] : [[before.archive.name, after.archive.name] as const]
  return { change, files: pair, findings, unread: [...(before.archive?.unread ?? []), ...(after.archive?.unread ?? [])] }
}
