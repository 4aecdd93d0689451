import type { PublicationFact } from '../gates/publication-fact.ts'
import { ownEntry } from '../versions/own-entry.ts'
import { schemeOf } from '../versions/scheme-of.ts'
import type { PackageRecord, VersionRecord } from './package-record.ts'
import { ecosystemOf } from './views/package-views.ts'

/**
 * What the publisher of a version, or the index that it comes from, says of it; null for one that is not here and
 * never was. `observedAt`: when that was seen, integer ms.
 */
export function publicationOf(
  pkg: PackageRecord,
  version: string,
  observedAt: number,
): PublicationFact | null {
  const known = ownEntry(pkg.versions, version)
  const isUnpublished = known === undefined && ownEntry(pkg.unpublished ?? {}, version) !== undefined
  if (known === undefined && !isUnpublished) return null
  const because = known?.withdrawn ?? ''
  const fact = {
    release: `${pkg.id}@${version}`,
    withAll: false,
    latestBelow: latestBelow(pkg, version),
    observedAt,
  }
  if (pkg.status?.kind === 'quarantined') {
    return { ...fact, standing: 'quarantined', because: pkg.status.reason ?? '' }
  }
  if (known === undefined) return { ...fact, standing: 'gone', because: 'it was unpublished' }
  if (known.gone === true) return { ...fact, standing: known.doubted ? 'doubted' : 'gone', because }
  if (known.withdrawn === null) return { ...fact, standing: 'offered', because: '' }
  if (ecosystemOf(pkg) === 'pypi') return { ...fact, standing: 'yanked', because }
  return { ...fact, standing: 'deprecated', because, withAll: isAbandoned(pkg, known) }
}

/** Whether nothing but deprecated finals is left: the publisher has given the package up, not this release. */
function isAbandoned(pkg: PackageRecord, { version }: VersionRecord): boolean {
  const { isPrerelease } = schemeOf(ecosystemOf(pkg))
  const others = Object.values(pkg.versions).filter(
    (other) => other.version !== version && other.files.length > 0 && !isPrerelease(other.version),
  )
  return others.length > 0 && others.every(({ withdrawn }) => withdrawn !== null)
}

/** The publisher's `latest`, where the version is a final above it: nobody is given that unasked. */
function latestBelow(pkg: PackageRecord, version: string): string | null {
  const scheme = schemeOf(ecosystemOf(pkg))
  const latest = ownEntry(pkg.tags, 'latest')
  if (scheme.ecosystem !== 'npm' || latest === undefined || scheme.isPrerelease(version)) return null
  return scheme.compare(version, latest) > 0 ? latest : null
}
