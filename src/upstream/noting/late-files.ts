import type { OverlaidFile } from '../../catalog/overlaid/overlaid-file.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import type { ProjectFile } from '../../catalog/overlaid/overlaid-project.ts'
import type { UpstreamChange } from '../../catalog/overlaid/upstream-changes.ts'
import type { GoneFile, LateFile, OverlayNote } from '../../ports/upstream.ts'
import { ownEntry } from '../../versions/own-entry.ts'

/** By file name. */
export type LateFiles = Readonly<Record<string, LateFile>>

/** What is remembered of the files of a package: those that came late, and those that went. */
export type NotedFiles = Pick<OverlayNote, 'lateFiles' | 'goneFiles'>

/** Files that come within this time of a version's first one are of the same upload. */
const uploadMs = 60 * 60_000
/** For how long a file that went is known again when it comes back. */
const rememberedMs = 7 * 24 * 60 * 60_000

/** One reading after another. */
export interface Readings {
  readonly before: OverlaidPackage
  readonly after: OverlaidPackage
  readonly changes: readonly UpstreamChange[]
  readonly now: number
}

/**
 * What is remembered of a package's files after a reading: the late ones that are still there, and what this reading
 * added to versions that were there before it, or put into the place of other bytes. A file that comes back with the
 * bytes it had is the one that went, late or not: mirrors that are behind each other take files away and bring them.
 */
export function notedFilesAfter(
  { lateFiles = {}, goneFiles = {} }: NotedFiles,
  { before, after, changes, now }: Readings,
): NotedFiles {
  const kept = Object.entries(lateFiles).filter(([name]) => after.files.has(name))
  const late = changes.flatMap(({ kind, version, file }): [string, LateFile][] => {
    if (file === null || (kind !== 'added' && kind !== 'replaced')) return []
    const gone = kind === 'added' ? ownEntry(goneFiles, file) : undefined
    if (gone !== undefined && isBack(gone, after.files.get(file)))
      return gone.late === null ? [] : [[file, gone.late]]
    const uploadedAt = after.uploadedAt.get(version)
    if (kind === 'added' && uploadedAt !== undefined && now - uploadedAt < uploadMs) return []
    const alike = kind === 'added' && isAlike(after, file)
    return [[file, { version, at: now, alike, shown: null }]]
  })
  const missed = Object.entries(goneFiles).filter(
    ([name, { at }]) => !after.files.has(name) && now - at < rememberedMs,
  )
  const went = changes.flatMap(({ kind, file }): [string, GoneFile][] => {
    if (file === null || kind !== 'deleted') return []
    const digest = before.files.get(file)?.digest ?? null
    return [[file, { digest, at: now, late: ownEntry(lateFiles, file) ?? null }]]
  })
  return {
    lateFiles: Object.fromEntries([...kept, ...late]),
    goneFiles: Object.fromEntries([...missed, ...went].slice(-mostGone)),
  }
}

/**
 * The late files of a package that a rule meets for the first time, by its index's own times: uploaded to a version
 * that was there, less than `waitMs` ago.
 */
export function lateAtSight(found: OverlaidPackage, waitMs: number, now: number): LateFiles {
  const files = found.kind === 'pypi' ? found.projectFiles : []
  const late = files.flatMap(({ name, version, uploadedAt: at }): [string, LateFile][] => {
    const first = version === null ? undefined : found.uploadedAt.get(version)
    if (version === null || at === null || first === undefined) return []
    if (at - first < uploadMs || now - at >= waitMs) return []
    return [[name, { version, at, alike: isAlike(found, name), shown: null }]]
  })
  return Object.fromEntries(late)
}

/** Files that went of one package that are remembered. */
const mostGone = 1000

const isBack = (gone: GoneFile, file: OverlaidFile | undefined) =>
  gone.digest !== null && gone.digest === file?.digest

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
