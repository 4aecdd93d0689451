import { open } from 'node:fs/promises'
import type { Result } from '../versions/problem.ts'
import {
  type ArchiveFormat,
  type ArchiveLimits,
  type ArchiveSource,
  defaultArchiveLimits,
  type ReadArchive,
  UnsoundArchive,
} from './archive.ts'
import { gatherEntries } from './gathered-entries.ts'
import { readTarball } from './tar-archive.ts'
import { readZip } from './zip-archive.ts'

export interface ReadArchiveRequest {
  /** Which files' bytes are kept; of all others only the listing is. */
  readonly wanted?: (path: string) => boolean
  /** The same bytes where the caller has them already: they are then not kept twice. Null otherwise. */
  readonly shared?: (path: string, bytes: Uint8Array) => Uint8Array | null
  /** Formats that are accepted; all that can be read when absent. */
  readonly formats?: readonly ArchiveFormat[]
  readonly limits?: Partial<ArchiveLimits>
}

/**
 * The one reader of package archives: wheels and other zips, `.tgz` and `.tar.gz`. Goes by the bytes, not by a
 * name. Total: whatever the bytes are, the answer is the archive or a named problem, within bounded memory and
 * work; only an unreadable disk rejects. What other readers could understand differently is refused.
 */
export async function readArchive(
  source: ArchiveSource,
  {
    wanted = () => false,
    shared = () => null,
    formats = ['zip', 'tar.gz'],
    limits: given,
  }: ReadArchiveRequest = {},
): Promise<Result<ReadArchive>> {
  const limits = { ...defaultArchiveLimits, ...given }
  const { head, size } = await beginningOf(source)
  const gathered = gatherEntries({ wanted, shared }, limits, size)
  try {
    const format = formatOf(head, formats)
    if (format === 'zip') await readZip(source, gathered)
    else await readTarball(source, gathered, limits, size)
    const { entries, files, unread } = gathered
    return { ok: true, value: { format, entries, files, unread } }
  } catch (error) {
    if (error instanceof UnsoundArchive) return { ok: false, problem: error.problem }
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    return {
      ok: false,
      problem: { field: 'archive', value: `a damaged archive (${why})`, expected: 'a whole archive' },
    }
  }
}

interface Beginning {
  readonly head: Uint8Array
  readonly size: number
}

async function beginningOf(source: ArchiveSource): Promise<Beginning> {
  if (typeof source !== 'string') return { head: source.subarray(0, headBytes), size: source.length }
  const file = await open(source)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return { head: buffer.subarray(0, bytesRead), size }
  } finally {
    await file.close()
  }
}

const headBytes = 264

/** First bytes of what is met under package names, and how each is called. */
const magics: readonly (readonly [string, readonly number[], number])[] = [
  ['zip', [0x50, 0x4b, 0x03, 0x04], 0],
  ['zip', [0x50, 0x4b, 0x05, 0x06], 0],
  ['tar.gz', [0x1f, 0x8b], 0],
  ['a bzip2 archive', [0x42, 0x5a, 0x68], 0],
  ['an xz archive', [0xfd, 0x37, 0x7a, 0x58, 0x5a], 0],
  ['a Zstandard archive', [0x28, 0xb5, 0x2f, 0xfd], 0],
  ['a 7z archive', [0x37, 0x7a, 0xbc, 0xaf], 0],
  ['a tar that is not packed', [0x75, 0x73, 0x74, 0x61, 0x72], 257],
]

const sayFormat: Readonly<Record<ArchiveFormat, string>> = { zip: 'a zip', 'tar.gz': 'a gzipped tar' }

function formatOf(head: Uint8Array, formats: readonly ArchiveFormat[]): ArchiveFormat {
  const found = magics.find(([, magic, at]) => magic.every((byte, index) => head[at + index] === byte))?.[0]
  const format = formats.find((one) => one === found)
  if (format !== undefined) return format
  const known = found === 'zip' || found === 'tar.gz' ? sayFormat[found] : found
  const value = known ?? (head.length === 0 ? 'no bytes' : 'something else')
  throw new UnsoundArchive(value, formats.map((one) => sayFormat[one]).join(' or '))
}
