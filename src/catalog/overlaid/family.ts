import { schemeOf } from '../../versions/scheme-of.ts'
import { satisfiesRange } from '../../versions/version-range.ts'
import { type Dependency, dependenciesOf } from '../dependencies.ts'
import { isMapping } from '../mapping.ts'
import { ecosystemOf } from '../views/package-views.ts'
import type { OverlaidPackage } from './overlaid-package.ts'

/** Releases of a family come within this time. */
const togetherMs = 60 * 60_000

/** So many finals before a release are looked at: what belonged together years ago may not any more. */
const mostLookedAt = 20

/**
 * Tells which other packages of its index may be of one family with a package. They came out together before, and one
 * of these is so: they share an npm scope; they share a maintainer, and those who published them are known to each
 * other's packages; or the new releases ask for each other. One side alone proves nothing: a stranger may name anybody
 * in its manifest, and may make anybody its maintainer without their word.
 */
export function kinFinder(one: OverlaidPackage, version: string): (other: OverlaidPackage) => boolean {
  const { id } = one.record
  const own = accountsOf(one, version)
  return (other) => {
    if (other.record.id === id || ecosystemOf(other.record) !== ecosystemOf(one.record)) return false
    if (!cameTogetherBefore(one, other, version)) return false
    const scope = scopeOf(id)
    if (scope !== null && scope === scopeOf(other.record.id)) return true
    return knowEachOther(own, accountsOf(other, version)) || askForEachOther(one, other, version)
  }
}

/** Whether both have this version, uploaded within an hour. */
export function cameTogether(one: OverlaidPackage, other: OverlaidPackage, version: string): boolean {
  const [at, otherAt] = [one.uploadedAt.get(version), other.uploadedAt.get(version)]
  return at !== undefined && otherAt !== undefined && Math.abs(at - otherAt) <= togetherMs
}

/** What a version of an npm package of another index asks for, as its document says. PyPI's says it elsewhere. */
export function asksOf(overlaid: OverlaidPackage, version: string): readonly Dependency[] {
  return dependenciesOf(ecosystemOf(overlaid.record), { manifest: manifestOf(overlaid, version) ?? {} })
}

function cameTogetherBefore(one: OverlaidPackage, other: OverlaidPackage, version: string): boolean {
  return finalsBefore(one, version).some((before) => cameTogether(one, other, before))
}

/** The finals below a version that were uploaded before it, newest first; a bounded number. */
function finalsBefore({ record, uploadedAt }: OverlaidPackage, version: string): readonly string[] {
  const { compare, isPrerelease } = schemeOf(ecosystemOf(record))
  const at = uploadedAt.get(version) ?? Number.POSITIVE_INFINITY
  return Object.keys(record.versions)
    .filter((one) => !isPrerelease(one) && compare(one, version) < 0 && (uploadedAt.get(one) ?? 0) <= at)
    .sort((a, b) => compare(b, a))
    .slice(0, mostLookedAt)
}

function scopeOf(id: string): string | null {
  return /^npm:(@[^/]+)\//.exec(id)?.[1] ?? null
}

/** Accounts that npm's registry writes into versions when they are published; PyPI lists none. */
interface Accounts {
  /** Of the final before the release. */
  readonly maintainers: readonly string[]
  /** Who published it; null where the registry names nobody who is an account. */
  readonly publisher: string | null
  /** Who published the finals before the release. */
  readonly publishers: ReadonlySet<string>
}

function accountsOf(overlaid: OverlaidPackage, version: string): Accounts {
  const manifests = finalsBefore(overlaid, version).map((before) => manifestOf(overlaid, before) ?? {})
  const [last = {}] = manifests
  const listed: readonly unknown[] = Array.isArray(last.maintainers) ? last.maintainers : []
  const found = manifests.map(({ _npmUser }) => accountOf(_npmUser)).filter((name) => name !== null)
  return {
    maintainers: listed.flatMap((person) => accountOf(person) ?? []),
    publisher: found[0] ?? null,
    publishers: new Set(found),
  }
}

/** A workflow that publishes in its own name is no account. */
function accountOf(person: unknown): string | null {
  if (!isMapping(person) || isMapping(person.trustedPublisher)) return null
  return typeof person.name === 'string' && person.name !== '' ? person.name : null
}

/**
 * Whether two packages share a maintainer, and not because one of them made somebody its maintainer unasked: who
 * published each is a maintainer of the other, or somebody published both. Where the index names no publisher of
 * either, its list of maintainers is all there is.
 */
function knowEachOther(one: Accounts, other: Accounts): boolean {
  if (!one.maintainers.some((name) => other.maintainers.includes(name))) return false
  if (one.publisher === null && other.publisher === null) return true
  if (one.publisher === null || other.publisher === null) return false
  if (other.maintainers.includes(one.publisher) && one.maintainers.includes(other.publisher)) return true
  return [...one.publishers].some((name) => other.publishers.has(name))
}

/** Whether each new release asks for the other one, and for nothing that was there before it. */
function askForEachOther(one: OverlaidPackage, other: OverlaidPackage, version: string): boolean {
  return asksForNew(one, other, version) && asksForNew(other, one, version)
}

function asksForNew(asker: OverlaidPackage, asked: OverlaidPackage, version: string): boolean {
  const ecosystem = ecosystemOf(asked.record)
  const { id } = asked.record
  const range = asksOf(asker, version).find((dependency) => dependency.package === id)?.range
  if (range === undefined || !satisfiesRange(ecosystem, version, range)) return false
  const [before] = finalsBefore(asked, version)
  return before === undefined || !satisfiesRange(ecosystem, before, range)
}

function manifestOf(overlaid: OverlaidPackage, version: string): Readonly<Record<string, unknown>> | null {
  if (overlaid.kind !== 'npm') return null
  const entry = overlaid.versions.find((one) => one.version === version)
  const manifest: unknown = entry === undefined ? null : JSON.parse(`${entry.full}}`)
  return isMapping(manifest) ? manifest : null
}
