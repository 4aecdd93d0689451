import type { PackageRecord, VersionRecord } from '../package-record.ts'
import type { Visibility } from '../views/package-views.ts'

/** `Deprecated: use other-lib`: a label as people and npm clients read it. */
export function labelSentence({ kind, reason }: NonNullable<VersionRecord['label']>): string {
  return `${kind === 'deprecated' ? 'Deprecated' : 'Not supported any more'}: ${reason}`
}

/** What npm clients print for a version besides its own deprecation: its label, or that the project is deprecated. */
export function maintainerNotes(pkg: PackageRecord, visibility: Visibility): ReadonlyMap<string, string> {
  if (visibility.source === true) return new Map()
  const { status } = pkg
  const ofProject = status?.kind === 'deprecated' ? projectSentence(status.reason) : null
  return new Map(
    Object.values(pkg.versions).flatMap(({ version, label }) => {
      const note = label === undefined ? ofProject : labelSentence(label)
      return note === null ? [] : [[version, note] as const]
    }),
  )
}

function projectSentence(reason: string | null): string {
  return reason?.trim() ? `This package is deprecated: ${reason}` : 'This package is deprecated'
}
