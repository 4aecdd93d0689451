import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { ProjectFile } from '../catalog/overlaid/overlaid-project.ts'
import type { UpstreamChange } from '../catalog/overlaid/upstream-changes.ts'
import type { LateFile } from '../ports/upstream.ts'

/** By file name. */
export type LateFiles = Readonly<Record<string, LateFile>>

/** Files that come within this time of a version's first one are of the same upload. */
const uploadMs = 60 * 60_000

/**
 * The late files of a package after a reading: those known and still there, and what this reading added to versions
 * that were there before it, or put into the place of other bytes.
 */
export function lateFilesAfter(
  known: LateFiles,
  changes: readonly UpstreamChange[],
  after: OverlaidPackage,
  now: number,
): LateFiles {
  const kept = Object.entries(known).filter(([name]) => after.files.has(name))
  const late = changes.flatMap(({ kind, version, file }): [string, LateFile][] => {
    if (file === null || (kind !== 'added' && kind !== 'replaced')) return []
    const uploadedAt = after.uploadedAt.get(version)
    if (kind === 'added' && uploadedAt !== undefined && now - uploadedAt < uploadMs) return []
    const alike = kind === 'added' && isAlike(after, file)
    return [[file, { version, at: now, alike, shown: null }]]
  })
  return Object.fromEntries([...kept, ...late])
}

/**
 * Another wheel of the same metadata, dependencies and Python versions included, which proves where it was built if
 * the others do. What else is in it nobody has looked at.
 */
function isAlike(after: OverlaidPackage, name: string): boolean {
  if (after.kind !== 'pypi' || !name.endsWith('.whl')) return false
  const file = after.projectFiles.find((one) => one.name === name)
  if (!file?.metadataDigest) return false
  const others = after.projectFiles.filter((one) => one.version === file.version && one.name !== name)
  const isSame = others.some(({ metadataDigest }) => metadataDigest === file.metadataDigest)
  return isSame && (isProven(file) || !others.some(isProven))
}

const isProven = ({ attributes }: ProjectFile) => attributes.includes(' data-provenance="')

/** What is shown of late files: a person's word, else what is alike and has waited long enough. */
export function shownOfLate(
  late: LateFiles,
  waitMs: number,
  now: number,
): ReadonlyMap<string, 'waits' | 'shown'> {
  return new Map(
    Object.entries(late).map(([name, { at, alike, shown }]) => {
      const isShown = shown ?? (alike && now - at >= waitMs)
      return [name, isShown ? 'shown' : 'waits'] as const
    }),
  )
}
