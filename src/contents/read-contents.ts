import { basename } from 'node:path'
import type { ArchiveSource } from '../archives/archive.ts'
import { readArchive } from '../archives/read-archive.ts'
import { sayProblem } from '../versions/problem.ts'
import type { ArchiveContents, Unread } from './contents.ts'

const mebibyte = 1024 * 1024
/** What is kept of one archive, so that a pair of them is compared in less than 150 MB; see `bench:evidence --large`. */
const limits = { fileBytes: 2 * mebibyte, keptBytes: 16 * mebibyte }

const rulesRead =
  /\.(py|pyi|js|cjs|mjs|d\.ts|d\.cts|d\.mts)$|\.dist-info\/(METADATA|entry_points\.txt)$|(^|\/)(PKG-INFO|package\.json)$|^([^/]+\.data\/(purelib|platlib)\/)?[^/]+\.pth$/
/** Packed along by many, often more than the package itself, and looked at by no rule. */
const isAside = (path: string): boolean => /\/(tests?|benchmarks?|docs?|examples?)\/.*\.pyi?$/.test(path)

/**
 * Reads of one archive what rules look at. Never rejects for what is in it: that is then said in `unread`. `like`: an
 * archive that was read before, whose bytes are used again where they are the same.
 */
export async function readContents(
  source: ArchiveSource,
  name: string,
  like: ArchiveContents | null = null,
): Promise<ArchiveContents> {
  const file = basename(name)
  const inside = file.endsWith('.whl') ? (path: string) => path : withoutFirstFolder
  const read = await readArchive(source, {
    limits,
    wanted: (path) => rulesRead.test(path) && !path.endsWith('.min.js') && !isAside(path),
    shared: (path, bytes) => {
      const known = like?.bytes.get(inside(path))
      return known !== undefined && Buffer.compare(known, bytes) === 0 ? known : null
    },
  })
  if (!read.ok)
    return {
      name: file,
      sizes: new Map(),
      bytes: new Map(),
      unread: [{ file, why: sayProblem(read.problem) }],
    }
  const { entries, files, unread } = read.value
  const sizes = new Map<string, number>()
  for (const { path, kind, size } of entries) if (kind === 'file') sizes.set(inside(path), size)
  return {
    name: file,
    sizes,
    bytes: new Map([...files].map(([path, bytes]) => [inside(path), bytes])),
    unread: listed([...unread].map(([path, problem]) => ({ file: inside(path), why: sayProblem(problem) }))),
  }
}

/** What is listed of files that were not read; a large package can have ten thousands of them. */
const mostListed = 20

function listed(unread: readonly Unread[]): readonly Unread[] {
  const rest = unread.length - mostListed
  if (rest <= 0) return unread
  const [last] = unread.slice(mostListed)
  return [...unread.slice(0, mostListed), { file: `${rest} more`, why: last?.why ?? '' }]
}

const withoutFirstFolder = (path: string): string => path.slice(path.indexOf('/') + 1)
