import type { FindingCode } from '../../gates/contents/finding-levels.ts'
import type { ReleaseTrust } from './release-trust.ts'

/** A finding as a rule reports it. */
export interface TrustFinding {
  readonly code: FindingCode
  readonly what: readonly string[]
}

/** What a candidate lost of what vouched for its baseline. What cannot be known of either says nothing. */
export function compareTrust(
  before: ReleaseTrust,
  after: ReleaseTrust,
  files: readonly string[],
): readonly TrustFinding[] {
  const found: TrustFinding[] = []
  const lostProof = before.proves === true && after.proves === false
  if (lostProof) found.push({ code: 'provenance-lost', what: files })
  const [old, now] = [before.origin, after.origin]
  if (old !== null && old !== '' && now !== null && !isSameOrigin(old, now)) {
    if (now !== '') found.push({ code: 'trusted-publisher-changed', what: [`${old} -> ${now}`] })
    // With the proof the name of who published went too, and is said once.
    else if (!lostProof) found.push({ code: 'trusted-publisher-lost', what: [old] })
  }
  if (isNewAccount(before, after)) found.push({ code: 'publisher-new', what: [String(after.publisher)] })
  return found
}

/** GitHub does not tell `O/R` from `o/r`; a forge alone fits each repository of it. */
function isSameOrigin(old: string, now: string): boolean {
  const [one, other] = [old.toLowerCase(), now.toLowerCase()]
  const isForge = (part: string, whole: string) => !part.includes('/') && whole.split(/[./]/)[0] === part
  return one === other || isForge(one, other) || isForge(other, one)
}

/** Neither who published before nor one of the owners of that time; a workflow that owners trust is none of these. */
function isNewAccount(before: ReleaseTrust, after: ReleaseTrust): boolean {
  if (after.publisher === null || before.publisher === null || before.owners === null) return false
  if (after.origin !== null && after.origin !== '') return false
  return after.publisher !== before.publisher && !before.owners.includes(after.publisher)
}

/** How long a package is new: those that were made for one attack are days old when they are first required. */
export const youngDependencyMs = 30 * 24 * 60 * 60_000

/** What is known of a package that a candidate requires and its baseline did not. */
export interface NewDependency {
  readonly name: string
  /** Of its first release, integer ms; null: not known. */
  readonly firstAt: number | null
}

/** Requirements whose history is looked up, at most. */
const mostDependencies = 10

/** The names that a candidate requires and its baseline did not, by what was found in their files. */
export function newNamesIn(
  findings: readonly { readonly code: string; readonly what: readonly string[] }[],
): readonly string[] {
  return findings
    .filter(({ code }) => code === 'dependency-added')
    .flatMap(({ what }) => what.map((said) => said.split(' ')[0] ?? said))
    .slice(0, mostDependencies)
}

/** New requirements that had no history when the candidate came. One of the package's own scope is its owner's own. */
export function youngDependencies(
  ownName: string,
  dependencies: readonly NewDependency[],
  at: number,
): readonly TrustFinding[] {
  const [scope] = ownName.startsWith('@') ? ownName.split('/') : []
  const young = dependencies.flatMap(({ name, firstAt }) => {
    if (firstAt === null || (scope !== undefined && name.startsWith(`${scope}/`))) return []
    const days = Math.floor(Math.max(0, at - firstAt) / 86_400_000)
    return at - firstAt < youngDependencyMs ? [`${name}, first published ${days} days before it`] : []
  })
  return young.length === 0 ? [] : [{ code: 'dependency-young', what: young }]
}
