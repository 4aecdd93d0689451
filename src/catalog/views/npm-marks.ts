import { engineWithin } from '../../versions/npm-engines.ts'
import { schemeOf } from '../../versions/scheme-of.ts'

/** What a view changes in the versions of an npm document so that npm passes over the hidden ones; by key. */
export interface NpmMarks {
  /** Versions whose deprecation is not shown, whoever wrote it. */
  readonly silenced: ReadonlySet<string>
  /** The `engines` that a hidden version carries, where they are not its own. */
  readonly engines: ReadonlyMap<string, unknown>
}

/** One version that a document lists. */
export interface ListedVersion {
  /** As the document spells it. */
  readonly key: string
  /** As clients read it, in normal form. */
  readonly version: string
  readonly hidden: boolean
}

/** What the publisher wrote into each version, by key. */
export interface PublishersWord {
  enginesOf(key: string): unknown
  isDeprecated(key: string): boolean
}

const noMarks: NpmMarks = { silenced: new Set(), engines: new Map() }

/**
 * npm takes, of what a range admits, first what is not deprecated and runs on its Node, then what runs on it, then
 * what is not deprecated, then the greatest. So beside a hidden version nothing that stands in for it may
 * be deprecated, and it may not run where that does not. What stands in is the next visible one below, and above;
 * and, for ranges of several lines, the greatest of each line below that is deprecated as a whole, where
 * nobody gets another version for it. `order`: ascending.
 */
export function npmMarks(
  order: readonly ListedVersion[],
  { enginesOf, isDeprecated }: PublishersWord,
): NpmMarks {
  if (!order.some(({ hidden }) => hidden)) return noMarks
  const silenced = new Set<string>()
  const engines = new Map<string, unknown>()
  const above = nextVisible(order.toReversed())
  for (const [key, below] of nextVisible(order)) {
    for (const one of below) silenced.add(one)
    const beside = [...below, ...(above.get(key) ?? [])].map(enginesOf)
    const own = enginesOf(key)
    const carried = engineWithin(own, beside)
    if (carried !== own) engines.set(key, carried)
  }
  for (const one of standInsOfLines(order, isDeprecated)) silenced.add(one)
  return { silenced, engines }
}

/**
 * For each hidden version the nearest visible ones before it in this order: the final, and of each later version the
 * nearest pre-release, because a range admits pre-releases only of versions that it names.
 */
function nextVisible(order: readonly ListedVersion[]): ReadonlyMap<string, readonly string[]> {
  const { finalOf, isPrerelease } = schemeOf('npm')
  const found = new Map<string, readonly string[]>()
  let final: readonly string[] = []
  let nearer = new Map<string, string>()
  for (const { key, version, hidden } of order) {
    if (hidden) found.set(key, [...final, ...nearer.values()])
    else if (isPrerelease(version)) nearer.set(finalOf(version), key)
    else {
      final = [key]
      nearer = new Map()
    }
  }
  return found
}

/** The greatest visible final of each line below the greatest hidden version of which all visible ones are deprecated. */
function standInsOfLines(
  order: readonly ListedVersion[],
  isDeprecated: (key: string) => boolean,
): readonly string[] {
  const { isPrerelease, lineOf } = schemeOf('npm')
  const greatestHidden = order.findLastIndex(({ hidden }) => hidden)
  const lines = new Map<string, string | null>()
  for (const { key, version, hidden } of order.slice(0, greatestHidden)) {
    if (hidden || isPrerelease(version)) continue
    const line = lineOf(version, 'major')
    const isWhole = lines.get(line) !== null
    lines.set(line, isWhole && isDeprecated(key) ? key : null)
  }
  return [...lines.values()].filter((key) => key !== null)
}
