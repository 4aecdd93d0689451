import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl'
import { showValue } from '../versions/problem.ts'
import { type ArchiveEntry, type ArchiveSource, UnsoundArchive } from './archive.ts'
import { filledBuffer } from './filled-buffer.ts'
import type { GatheredEntries } from './gathered-entries.ts'

/** Ways to compress that other readers understand: what they show and what we would see must not differ. */
const methodNames: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  20: 'Zstandard',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
}

const expectedMethods = 'entries that are stored or deflated'

/**
 * Reads a zip so that every other reader sees the same in it: it begins with its first entry and ends with its
 * directory, nothing lies between or over entries, each name stands there once and the same in both places.
 */
export async function readZip(source: ArchiveSource, gathered: GatheredEntries): Promise<void> {
  const options = { decodeStrings: false, lazyEntries: true, autoClose: false }
  const zip =
    typeof source === 'string'
      ? await openPromise(source, options)
      : await fromBufferPromise(bufferOf(source), options)
  try {
    const found: Located[] = []
    const directoryAt = Number(zip.readEntryCursor)
    for await (const entry of zip.eachEntry()) found.push(locate(entry, gathered))
    checkNames(found)
    await checkPlaces(zip, found, directoryAt)
    for (const { entry, is } of found) {
      if (gathered.keeps(is)) await keepBytes(zip, entry, is, gathered)
    }
  } finally {
    zip.close()
  }
}

interface Located {
  readonly entry: Entry
  readonly is: ArchiveEntry
  readonly rawName: Buffer
}

function locate(entry: Entry, gathered: GatheredEntries): Located {
  // Without decoding, names come as they are written.
  const rawName = Buffer.from(entry.fileNameRaw)
  if (entry.isEncrypted()) throw new UnsoundArchive('an encrypted entry', 'entries that anybody can read')
  if (entry.extraFields.some(({ id }) => id === unicodePath))
    throw new UnsoundArchive('an entry with a second name', 'one name for each entry')
  if (!entry.canDecodeFileData()) {
    const method = methodNames[entry.compressionMethod] ?? `method ${entry.compressionMethod}`
    throw new UnsoundArchive(`an entry compressed with ${method}`, expectedMethods)
  }
  const isUtf8Name = (entry.generalPurposeBitFlag & 0x800) !== 0
  if ((isUtf8Name && !isUtf8(rawName)) || rawName.some((byte) => byte < 0x20))
    throw new UnsoundArchive(`the path ${showValue(rawName.toString('latin1'))}`, 'a path in text')
  const path = getFileNameLowLevel(entry.generalPurposeBitFlag, rawName, [], true)
  const is = { path, kind: kindOf(entry, path), size: entry.uncompressedSize }
  gathered.add(is)
  return { entry, is, rawName }
}

/** Info-ZIP's extra field with another spelling of the name, which only some readers look at. */
const unicodePath = 0x7075

function kindOf({ externalFileAttributes, versionMadeBy }: Entry, path: string): ArchiveEntry['kind'] {
  if (path.endsWith('/')) return 'folder'
  const madeOnUnix = versionMadeBy >>> 8 === 3
  const type = madeOnUnix ? (externalFileAttributes >>> 28) & 0xf : 0
  if (type === 0 || type === 8) return 'file'
  return type === 10 ? 'link' : type === 4 ? 'folder' : 'other'
}

function checkNames(found: readonly Located[]): void {
  const seen = new Set<string>()
  for (const { is } of found) {
    if (seen.has(is.path))
      throw new UnsoundArchive(`two entries named ${showValue(is.path)}`, 'each path once')
    seen.add(is.path)
  }
}

/** What may follow an entry's bytes: its sizes once more, as written by who did not know them before. */
const longestDescriptorBytes = 24

async function checkPlaces(zip: ZipFile, found: readonly Located[], directoryAt: number): Promise<void> {
  const inOrder = [...found].sort(
    (a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader,
  )
  let end = 0
  let room = 0
  for (const { entry, is, rawName } of inOrder) {
    const start = entry.relativeOffsetOfLocalHeader
    if (start < end || start > end + room)
      throw new UnsoundArchive(
        start < end ? 'entries that lie over each other' : 'bytes that belong to no entry',
        'one entry after the other',
      )
    const local = await zip.readLocalFileHeaderPromise(entry)
    if (!rawName.equals(local.fileName))
      throw new UnsoundArchive(
        `another name for ${showValue(is.path)} beside its bytes`,
        'the same name twice',
      )
    if (local.compressionMethod !== entry.compressionMethod)
      throw new UnsoundArchive(`two ways to unpack ${showValue(is.path)}`, 'one')
    end = local.fileDataStart + entry.compressedSize
    room = (local.generalPurposeBitFlag & 0x8) === 0 ? 0 : longestDescriptorBytes
  }
  if (directoryAt < end || directoryAt > end + room)
    throw new UnsoundArchive('bytes between the entries and their directory', 'nothing there')
}

async function keepBytes(
  zip: ZipFile,
  entry: Entry,
  { path, size }: ArchiveEntry,
  gathered: GatheredEntries,
): Promise<void> {
  const bytes = filledBuffer(size)
  try {
    // The stream ends with an error when it gives more or less than the directory says.
    for await (const chunk of await zip.openReadStreamPromise(entry)) bytes.add(chunk)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return gathered.leave(path, `damaged bytes (${why})`, `${size} bytes`)
  }
  if (crc32(bytes.all) !== entry.crc32)
    return gathered.leave(path, 'damaged bytes', 'the checksum beside them')
  gathered.keep(path, bytes.all)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
