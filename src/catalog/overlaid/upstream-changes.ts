import { ownEntry } from '../../versions/own-entry.ts'
import type { OverlaidFile } from './overlaid-file.ts'
import type { OverlaidPackage } from './overlaid-package.ts'

/** What one reading of an upstream's package holds, as far as changes are told from it. */
export type Reading = Pick<OverlaidPackage, 'record' | 'files'>

/** Something an upstream did to what it had already published. */
export interface UpstreamChange {
  readonly kind: 'added' | 'deleted' | 'replaced' | 'yanked' | 'unyanked'
  readonly version: string
  /** The file it is about; null for a whole version. */
  readonly file: string | null
  /** `replaced`: both digests; `yanked`: the reason. */
  readonly detail: string
}

/**
 * What an upstream changed between two readings of a package that nobody expects to change: files gone, bytes
 * replaced under the same name, files added to a version that was there, versions yanked or deprecated and taken
 * back. New versions are no such change.
 */
export function upstreamChanges(before: Reading, after: Reading): readonly UpstreamChange[] {
  const files = [...before.files.values()].flatMap((file): UpstreamChange[] => {
    const now = after.files.get(file.name)
    const version = file.version ?? ''
    if (now === undefined) return [{ kind: 'deleted', version, file: file.name, detail: '' }]
    if (file.digest === null || isSame(file, now)) return []
    const detail = `${file.digest} -> ${now.digest ?? now.url}`
    return [{ kind: 'replaced', version, file: file.name, detail }]
  })
  const versions = Object.values(before.record.versions).flatMap(
    ({ version, withdrawn }): UpstreamChange[] => {
      const now = ownEntry(after.record.versions, version)
      if (now === undefined || (now.withdrawn === null) === (withdrawn === null)) return []
      const kind = now.withdrawn === null ? 'unyanked' : 'yanked'
      return [{ kind, version, file: null, detail: now.withdrawn ?? '' }]
    },
  )
  const late = [...after.files.values()].flatMap(({ name, version }): UpstreamChange[] => {
    if (version === null || before.files.has(name)) return []
    const isNew = ownEntry(before.record.versions, version) === undefined
    return isNew ? [] : [{ kind: 'added', version, file: name, detail: '' }]
  })
  return [...files, ...late, ...versions]
}

/** Bytes that nothing vouches for any more are the same only where they have stayed. */
function isSame(before: OverlaidFile, now: OverlaidFile): boolean {
  if (before.digest === null || now.digest === null) return before.url === now.url
  return sameDigest(before.digest, now.digest)
}

/** An upstream that begins to give another kind of digest has not changed the file. */
function sameDigest(a: string, b: string): boolean {
  const kind = (digest: string) => /^[a-z0-9]+/.exec(digest)?.[0]
  return a === b || kind(a) !== kind(b)
}
