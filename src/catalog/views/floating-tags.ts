import { floatingNames } from '../../versions/partial-version.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { PackageRecord } from '../package-record.ts'
import { listedVersions } from './latest-version.ts'
import { ecosystemOf, type Visibility } from './package-views.ts'

/**
 * The names of partial versions as npm tags, as shared libraries have them: `v1` and `v1.2` stand for the newest
 * full release that begins so. What is still rolling out is none, whoever asks, so the names are the same in
 * every view; a deprecated release only where there is no other. Never stored.
 */
export function floatingTags(pkg: PackageRecord, visibility: Visibility): Readonly<Record<string, string>> {
  const { staged, hidden } = visibility
  if (staged === undefined || ecosystemOf(pkg) !== 'npm') return {}
  const { isPrerelease } = schemeOf('npm')
  const full = listedVersions(pkg, visibility).filter(
    ({ version, files }) =>
      files.length > 0 && !staged.has(version) && !hidden.has(version) && !isPrerelease(version),
  )
  const withdrawn = full.filter((record) => record.withdrawn !== null)
  const offered = full.filter((record) => record.withdrawn === null)
  // Ascending, so that the newest of those preferred comes last and stays.
  return Object.fromEntries(
    [...withdrawn, ...offered].flatMap(({ version }) =>
      floatingNames(version).map((name) => [name, version] as const),
    ),
  )
}
