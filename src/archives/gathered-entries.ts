import type { Problem } from '../versions/problem.ts'
import { showValue } from '../versions/problem.ts'
import { type ArchiveEntry, type ArchiveLimits, UnsoundArchive } from './archive.ts'

/** Entries and wanted files as they come, held to the limits. Each method throws `UnsoundArchive` beyond them. */
export interface GatheredEntries {
  readonly entries: readonly ArchiveEntry[]
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly unread: ReadonlyMap<string, Problem>
  add(entry: ArchiveEntry): void
  /** Whether the bytes of a file that was just added are to be kept; says so in `unread` where they cannot. */
  keeps(entry: ArchiveEntry): boolean
  keep(path: string, bytes: Uint8Array): void
  leave(path: string, value: string, expected: string): void
}

/** What is asked of the files of an archive, as `ReadArchiveRequest` says it. */
export interface Asked {
  readonly wanted: (path: string) => boolean
  readonly shared: (path: string, bytes: Uint8Array) => Uint8Array | null
}

/** `packedBytes` is the size of the archive itself. */
export function gatherEntries(
  { wanted, shared }: Asked,
  limits: ArchiveLimits,
  packedBytes: number,
): GatheredEntries {
  const entries: ArchiveEntry[] = []
  const files = new Map<string, Uint8Array>()
  const unread = new Map<string, Problem>()
  const asked = new Set<string>()
  const checkUnpacked = densityCheck(limits, packedBytes)
  let unpacked = 0
  let kept = 0
  const leave = (path: string, value: string, expected: string) => {
    files.delete(path)
    unread.set(path, { field: showValue(path), value, expected })
  }
  /** Why the bytes of a file cannot be kept; null where they can. */
  const obstacle = ({ path, kind, size }: ArchiveEntry): readonly [string, string] | null => {
    // Readers differ in which of two they take, so neither is what the archive says.
    if (asked.has(path)) return ['two entries of this path', 'one']
    if (kind !== 'file') return [`a ${kind}`, 'a file']
    if (size > limits.fileBytes) return [`${size} bytes`, `at most ${limits.fileBytes} bytes`]
    if (kept + size <= limits.keptBytes) return null
    return [`${kept + size} bytes of files that are read`, `at most ${limits.keptBytes}`]
  }
  return {
    entries,
    files,
    unread,
    leave,
    add: (entry) => {
      checkPath(entry.path, limits.pathLength)
      entries.push(entry)
      if (entries.length > limits.entries)
        throw new UnsoundArchive(`more than ${limits.entries} entries`, `at most ${limits.entries} entries`)
      unpacked += entry.size
      checkUnpacked(unpacked)
    },
    keeps: (entry) => {
      if (entry.kind === 'folder' || !wanted(entry.path)) return false
      const found = obstacle(entry)
      asked.add(entry.path)
      if (found === null) kept += entry.size
      else leave(entry.path, ...found)
      return found === null
    },
    keep: (path, bytes) => {
      if (unread.has(path)) return
      const known = shared(path, bytes)
      if (known !== null) kept -= known.length
      files.set(path, known ?? bytes)
    },
  }
}

/** Complains when more was unpacked than an archive of this size may hold. */
export function densityCheck(limits: ArchiveLimits, packedBytes: number): (unpackedBytes: number) => void {
  return (unpacked) => {
    if (!(unpacked <= limits.unpackedBytes))
      throw new UnsoundArchive(
        `more than ${limits.unpackedBytes} bytes when unpacked`,
        `at most ${limits.unpackedBytes} bytes`,
      )
    if (unpacked > limits.denseBytes && unpacked > limits.ratio * packedBytes)
      throw new UnsoundArchive(
        `more than ${limits.ratio} unpacked bytes for each packed one`,
        `at most ${limits.ratio} of them beyond ${limits.denseBytes} bytes`,
      )
  }
}

function checkPath(path: string, longest: number): void {
  if (path.length > longest)
    throw new UnsoundArchive(`a path of ${path.length} characters`, `paths of at most ${longest}`)
  const parts = path.split('/')
  const leaves = path.startsWith('/') || /^[A-Za-z]:/.test(path) || parts.includes('..')
  // Line ends and other controls in a path are there to be printed by somebody.
  if (path === '' || leaves || /[\\\p{Cc}]/u.test(path))
    throw new UnsoundArchive(`the path ${showValue(path)}`, 'paths inside the archive, parted by "/"')
}
