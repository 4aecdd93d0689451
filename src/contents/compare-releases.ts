import {
  type FindingCode,
  type FindingLevel,
  isFindingCode,
  levelOf,
} from '../gates/contents/finding-levels.ts'
import { type ChangeKind, changeKind } from '../versions/change-kind.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import type { ArchiveContents, LostUse, ReleaseContents, Unread } from './contents.ts'
import { compareTarballs } from './javascript/compare-tarballs.ts'
import { compareDistributions } from './python/compare-distributions.ts'
import { sayFinding } from './say-findings.ts'

/** One thing that a release changes. */
export interface Finding {
  readonly code: FindingCode
  readonly level: FindingLevel
  /** Sorted, at most 50; the others are counted in `more`. */
  readonly what: readonly string[]
  readonly more: number
  /** Names the cause, for people. */
  readonly sentence: string
  /** Dependents known to use what is gone, with file and line. */
  readonly usedBy: readonly { readonly release: string; readonly where: string }[]
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

/** Code of a dependent in which uses are looked for. */
export interface Dependent {
  /** A release id, or what a person named. */
  readonly release: string
  readonly archive: ArchiveContents
}

/** A comparison to which dependents are read one by one: the code of each may go before the next one's comes. */
export interface OpenComparison {
  /** Looks in the code of a dependent for uses of what is gone. */
  read(dependent: Dependent): void
  /** All that was found so far. */
  result(): Comparison
}

/** Compares two releases of one package by their files alone. Runs nothing of them. */
export function compareReleases(
  ecosystem: Ecosystem,
  before: ReleaseContents,
  after: ReleaseContents,
  dependents: readonly Dependent[] = [],
): Comparison {
  const comparison = openComparison(ecosystem, before, after)
  for (const dependent of dependents) comparison.read(dependent)
  return comparison.result()
}

/** `compareReleases` for whoever does not want to hold all dependents at once. */
export function openComparison(
  ecosystem: Ecosystem,
  before: ReleaseContents,
  after: ReleaseContents,
): OpenComparison {
  const change = changeKind(ecosystem, before.version, after.version)
  const compared = ecosystem === 'npm' ? compareTarballs(before, after) : compareDistributions(before, after)
  const { found } = compared
  const archives = [before.archive, after.archive].filter((archive) => archive !== null)
  const [left, right] = archives
  const uses: LostUse[] = []
  return {
    read: ({ release, archive }) => {
      for (const use of compared.usesIn(archive)) {
        found.add(use.code, use.name)
        uses.push({ ...use, release })
      }
    },
    result: () => ({
      change,
      files: left === undefined || right === undefined ? [] : [[left.name, right.name]],
      findings: [...found.all]
        .map(([code, what]) => findingOf(asCode(code), [...what], change, uses))
        .sort(
          (one, other) =>
            order.indexOf(one.level) - order.indexOf(other.level) || (one.code < other.code ? -1 : 1),
        ),
      unread: [...archives.flatMap((archive) => archive.unread), ...compared.unread],
    }),
  }
}

function asCode(code: string): FindingCode {
  if (!isFindingCode(code)) throw new Error(`finding code ${code} has no level`)
  return code
}

/** What a rule reports, as it is told: with its level for this kind of change, and a sentence. */
export function findingOf(
  code: FindingCode,
  all: readonly string[],
  change: ChangeKind,
  uses: readonly LostUse[] = [],
): Finding {
  const sorted = all.toSorted()
  const what = sorted.slice(0, mostShown)
  const more = sorted.length - what.length
  const usedBy = uses
    .filter((use) => use.code === code)
    .map(({ release, where }) => ({ release, where }))
    .slice(0, mostShown)
  return {
    code,
    level: levelOf(code, change),
    what,
    more,
    sentence: sayFinding({ code, what, more }),
    usedBy,
  }
}
