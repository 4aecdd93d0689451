import { ownEntry } from '../versions/own-entry.ts'
import { schemeOf } from '../versions/scheme-of.ts'
import type { PackageRecord } from './package-record.ts'
import { ecosystemOf, type Visibility } from './package-views.ts'

/** The versions that a document lists, ascending: all but the blocked ones. */
export function listedVersions(pkg: PackageRecord, visibility: Visibility): readonly string[] {
  const { compare } = schemeOf(ecosystemOf(pkg))
  return Object.keys(pkg.versions)
    .filter((version) => !visibility.blocked.has(version))
    .sort(compare)
}

/**
 * The version that a view calls latest: the stored `latest` where the view shows it, else the greatest visible
 * final below it, so that a backport never moves it. A pre-release only where there is no final at all, and a
 * version that its maintainer yanked only where there is no other. Null when the view shows nothing.
 */
export function latestVersion(pkg: PackageRecord, visibility: Visibility): string | null {
  const ecosystem = ecosystemOf(pkg)
  const scheme = schemeOf(ecosystem)
  const visible = listedVersions(pkg, visibility).filter((version) => !visibility.hidden.has(version))
  const isYanked = (version: string) => ecosystem === 'pypi' && pkg.versions[version]?.withdrawn !== null
  const [finals, prereleases] = partition(visible, (version) => !scheme.isPrerelease(version))
  const [offered, yanked] = partition(finals, (version) => !isYanked(version))
  const pool = [offered, yanked, prereleases].find((versions) => versions.length > 0) ?? []
  const stored = ownEntry(pkg.tags, 'latest')
  if (stored === undefined) return pool.at(-1) ?? null
  if (pool.includes(stored)) return stored
  return pool.findLast((version) => scheme.compare(version, stored) < 0) ?? pool.at(-1) ?? null
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}
