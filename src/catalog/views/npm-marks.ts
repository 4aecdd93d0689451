import { engineWithin } from '../../versions/npm-engines.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { sortedVersions } from '../hosted/sorted-versions.ts'
import type { PackageRecord } from '../package-record.ts'
import type { Visibility } from './package-views.ts'

/** What a view changes in the versions of an npm document so that npm passes over the hidden ones. */
export interface NpmMarks {
  /** Versions whose deprecation is not shown, whoever wrote it. */
  readonly silenced: ReadonlySet<string>
  /** The `engines` that a hidden version carries, where they are not its own. */
  readonly engines: ReadonlyMap<string, unknown>
}

/** What the publisher wrote into each version. */
export interface PublishersWord {
  enginesOf(version: string): unknown
  isDeprecated(version: string): boolean
}

const noMarks: NpmMarks = { silenced: new Set(), engines: new Map() }

/**
 * npm takes, of what a range admits, first what is not deprecated and runs on its Node, then what runs on it, then
 * what is not deprecated, then the greatest. So beside a hidden version nothing that stands in for it may
 * be deprecated, and it may not run where that does not. What stands in is the next visible one below, and above;
 * and, for ranges of several lines, the greatest of each line below that is deprecated as a whole, where
 * nobody gets another version for it.
 */
export function npmMarks(
  pkg: PackageRecord,
  visibility: Visibility,
  { enginesOf, isDeprecated }: PublishersWord,
): NpmMarks {
  const { hidden, blocked, source } = visibility
  if (source === true || hidden.size === 0) return noMarks
  const order = sortedVersions(pkg)
    .map(({ version }) => version)
    .filter((version) => !blocked.has(version))
  const silenced = new Set<string>()
  const engines = new Map<string, unknown>()
  const above = nextVisible(order.toReversed(), hidden)
  for (const [version, below] of nextVisible(order, hidden)) {
    for (const one of below) silenced.add(one)
    const beside = [...below, ...(above.get(version) ?? [])].map(enginesOf)
    const own = enginesOf(version)
    const carried = engineWithin(own, beside)
    if (carried !== own) engines.set(version, carried)
  }
  for (const one of standInsOfLines(order, hidden, isDeprecated)) silenced.add(one)
  return { silenced, engines }
}

/**
 * For each hidden version the nearest visible ones before it in this order: the final, and of each later version the
 * nearest pre-release, because a range admits pre-releases only of versions that it names.
 */
function nextVisible(
  order: readonly string[],
  hidden: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const { finalOf, isPrerelease } = schemeOf('npm')
  const found = new Map<string, readonly string[]>()
  let final: readonly string[] = []
  let nearer = new Map<string, string>()
  for (const version of order) {
    if (hidden.has(version)) found.set(version, [...final, ...nearer.values()])
    else if (isPrerelease(version)) nearer.set(finalOf(version), version)
    else {
      final = [version]
      nearer = new Map()
    }
  }
  return found
}

/** The greatest visible final of each line below the greatest hidden version of which all visible ones are deprecated. */
function standInsOfLines(
  order: readonly string[],
  hidden: ReadonlySet<string>,
  isDeprecated: (version: string) => boolean,
): readonly string[] {
  const { isPrerelease, lineOf } = schemeOf('npm')
  const greatestHidden = order.findLastIndex((version) => hidden.has(version))
  const lines = new Map<string, string | null>()
  for (const version of order.slice(0, greatestHidden)) {
    if (hidden.has(version) || isPrerelease(version)) continue
    const line = lineOf(version, 'major')
    const isWhole = lines.get(line) !== null
    lines.set(line, isWhole && isDeprecated(version) ? version : null)
  }
  return [...lines.values()].filter((version) => version !== null)
}
