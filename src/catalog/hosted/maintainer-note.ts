import { schemeOf } from '../../versions/scheme-of.ts'
import type { PackageRecord, VersionRecord } from '../package-record.ts'
import { ecosystemOf, type Visibility } from '../views/package-views.ts'
import { sortedVersions } from './sorted-versions.ts'

/** `Deprecated: use other-lib`: a label as people and npm clients read it. */
export function labelSentence({ kind, reason }: NonNullable<VersionRecord['label']>): string {
  return `${kind === 'deprecated' ? 'Deprecated' : 'Not supported any more'}: ${reason}`
}

/**
 * What npm clients print for a version besides its own deprecation: its label, or that the project is
 * deprecated. They pass over deprecated versions as over hidden ones, so a version that stands in for a hidden
 * one carries no note: both deprecated, the greater one would win and show the candidate to everybody.
 */
export function maintainerNotes(pkg: PackageRecord, visibility: Visibility): ReadonlyMap<string, string> {
  if (visibility.source === true) return new Map()
  const standIns = standInsOf(pkg, visibility)
  const { status } = pkg
  const ofProject = status?.kind === 'deprecated' ? projectSentence(status.reason) : null
  return new Map(
    Object.values(pkg.versions).flatMap(({ version, label }) => {
      const note = label === undefined ? ofProject : labelSentence(label)
      return note === null || standIns.has(version) ? [] : [[version, note] as const]
    }),
  )
}

function projectSentence(reason: string | null): string {
  return reason?.trim() ? `This package is deprecated: ${reason}` : 'This package is deprecated'
}

/** For each hidden version the greatest visible final below it. */
function standInsOf(pkg: PackageRecord, { hidden, blocked }: Visibility): ReadonlySet<string> {
  const { compare, isPrerelease } = schemeOf(ecosystemOf(pkg))
  const visible = sortedVersions(pkg)
    .map(({ version }) => version)
    .filter((version) => !hidden.has(version) && !blocked.has(version) && !isPrerelease(version))
  const found = [...hidden].map((version) => visible.findLast((other) => compare(other, version) < 0))
  return new Set(found.filter((version) => version !== undefined))
}
