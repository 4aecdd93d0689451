import { ownEntry } from '../../versions/own-entry.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { sortedVersions } from '../hosted/sorted-versions.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import { ecosystemOf, type Visibility } from './package-views.ts'

/** The versions that a document lists, ascending: all but the blocked ones. */
export function listedVersions(
  pkg: PackageRecord,
  visibility: Pick<Visibility, 'blocked'>,
): readonly VersionRecord[] {
  return sortedVersions(pkg).filter(({ version }) => !visibility.blocked.has(version))
}

/**
 * The version that a view calls latest: the stored `latest` where the view shows it, else the greatest visible
 * final below it, so that a backport never moves it. A pre-release only where no final was released, blocked or
 * not, and a version that its maintainer yanked only where there is no other. Who has chosen pre-releases gets the greatest of
 * those where it is above. Null when the view shows nothing.
 */
export function latestVersion(pkg: PackageRecord, visibility: Visibility): VersionRecord | null {
  const ecosystem = ecosystemOf(pkg)
  const scheme = schemeOf(ecosystem)
  const visible = listedVersions(pkg, visibility).filter(({ version }) => !visibility.hidden.has(version))
  const [finals, prereleases] = partition(visible, ({ version }) => !scheme.isPrerelease(version))
  const [fitting, yanked] = partition(finals, (record) => ecosystem === 'npm' || record.withdrawn === null)
  const open = blocksFinal(pkg, visibility) ? [] : prereleases
  const pool = [fitting, yanked, open].find((records) => records.length > 0) ?? []
  const greatest = pool.at(-1) ?? null
  const stored = ownEntry(pkg.tags, 'latest')
  const latest =
    stored === undefined
      ? greatest
      : (pool.findLast(({ version }) => scheme.compare(version, stored) <= 0) ?? greatest)
  const chosen = prereleases.findLast(({ version }) => visibility.offered?.has(version))
  if (chosen === undefined || latest === null) return chosen ?? latest
  return scheme.compare(chosen.version, latest.version) > 0 ? chosen : latest
}

/** Whether a final that was a full release is blocked. */
function blocksFinal(pkg: PackageRecord, { blocked, staged }: Visibility): boolean {
  const { isPrerelease } = schemeOf(ecosystemOf(pkg))
  return Object.keys(pkg.versions).some(
    (version) => blocked.has(version) && !isPrerelease(version) && !staged?.has(version),
  )
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}
