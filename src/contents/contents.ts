/** One archive of a release: every path in it, and the bytes of the files that rules read. */
export interface ArchiveContents {
  /** The file's name, e.g. `demo_lib-1.1.0-py3-none-any.whl`. */
  readonly name: string
  /** Path to unpacked bytes, of every file; without the one folder that sdists and tarballs have around all. */
  readonly sizes: ReadonlyMap<string, number>
  readonly bytes: ReadonlyMap<string, Uint8Array>
  readonly unread: readonly Unread[]
}

/** What could not be read, and why; a rule never takes it for absent. */
export interface Unread {
  readonly file: string
  readonly why: string
}

/** One file that a release has on its index. */
export interface ReleaseFile {
  readonly name: string
  /** Of PyPI, from the index or the file's metadata; null when there is none. */
  readonly requiresPython: string | null
}

/** What is compared: the files of one release and the archive that was read of them. */
export interface ReleaseContents {
  readonly version: string
  readonly files: readonly ReleaseFile[]
  readonly archive: ArchiveContents | null
}

/** A use, in a dependent's code, of what the candidate no longer has. */
export interface LostUse {
  readonly code: 'used-name-removed' | 'override-ignored'
  readonly name: string
  /** The dependent. */
  readonly release: string
  /** File and line. */
  readonly where: string
}

/** What two releases differ in, and the way to look for what a dependent loses by it. */
export interface Compared {
  readonly found: FindingList
  /** Uses, in the code of one dependent, of what is gone. */
  usesIn(dependent: ArchiveContents): readonly Omit<LostUse, 'release'>[]
  /** What was there and was not looked at. */
  readonly unread: readonly Unread[]
}

/** Findings as rules report them: code to what it is about. */
export class FindingList {
  readonly #found = new Map<string, Set<string>>()

  add(code: string, ...what: readonly string[]): void {
    const set = this.#found.get(code) ?? new Set()
    for (const one of what) set.add(one)
    if (what.length > 0) this.#found.set(code, set)
  }

  get all(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#found
  }
}

const decoder = new TextDecoder('utf-8')

/** The text of a file that was read; null where it was not. */
export function textIn(archive: ArchiveContents, path: string): string | null {
  const bytes = archive.bytes.get(path)
  return bytes === undefined ? null : decoder.decode(bytes)
}

/** Whether two archives have the same bytes under a path, both read. */
export function sameBytes(left: ArchiveContents, right: ArchiveContents, path: string): boolean {
  const one = left.bytes.get(path)
  const other = right.bytes.get(path)
  if (one === undefined || other === undefined) return false
  return one === other || Buffer.compare(one, other) === 0
}
