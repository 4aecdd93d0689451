import { isUtf8 } from 'node:buffer'
import { crc32, inflateRawSync } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel } from 'yauzl'
import { showValue } from '../versions/problem.ts'
import { type ArchiveEntry, type ArchiveSource, UnsoundArchive } from './archive.ts'
import { ByteSource } from './byte-source.ts'
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
  const bytes = new ByteSource(source)
  try {
    const options = { decodeStrings: false, lazyEntries: true, autoClose: false }
    const zip = await fromRandomAccessReaderPromise(bytes, bytes.size, options)
    const found: Located[] = []
    const directoryAt = Number(zip.readEntryCursor)
    for await (const entry of zip.eachEntry()) found.push(locate(entry, gathered))
    checkNames(found)
    checkPlaces(bytes, found, directoryAt)
    for (const one of found) if (gathered.keeps(one.is)) keepBytes(bytes, one, gathered)
  } finally {
    bytes.end()
  }
}

/** An entry as the directory has it; no more of it is held, because there may be 100,000. */
interface Located {
  readonly is: ArchiveEntry
  /** The name's bytes, one character each. */
  readonly rawName: string
  readonly headerAt: number
  readonly packedBytes: number
  readonly method: number
  readonly crc32: number
  /** Where its bytes begin, as the header in front of them says; known once places were checked. */
  dataAt: number
}

function locate(entry: Entry, gathered: GatheredEntries): Located {
  // Without decoding, names come as they are written.
  const rawName = Buffer.from(entry.fileNameRaw)
  if (entry.isEncrypted()) throw new UnsoundArchive('an encrypted entry', 'entries that anybody can read')
  if (entry.extraFields.some(({ id }) => id === unicodePath))
    throw new UnsoundArchive('an entry with a second name', 'one name for each entry')
  const method = entry.compressionMethod
  if (method !== stored && method !== deflated) {
    const name = methodNames[method] ?? `method ${method}`
    throw new UnsoundArchive(`an entry compressed with ${name}`, expectedMethods)
  }
  const isUtf8Name = (entry.generalPurposeBitFlag & 0x800) !== 0
  if ((isUtf8Name && !isUtf8(rawName)) || rawName.some((byte) => byte < 0x20))
    throw new UnsoundArchive(`the path ${showValue(rawName.toString('latin1'))}`, 'a path in text')
  const path = getFileNameLowLevel(entry.generalPurposeBitFlag, rawName, [], true)
  const is = { path, kind: kindOf(entry, path), size: entry.uncompressedSize }
  gathered.add(is)
  const raw = rawName.toString('latin1')
  return {
    is,
    // Nearly always the same text, which then is there once.
    rawName: raw === path ? path : raw,
    headerAt: entry.relativeOffsetOfLocalHeader,
    packedBytes: entry.compressedSize,
    method,
    crc32: entry.crc32,
    dataAt: 0,
  }
}

const stored = 0
const deflated = 8

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

function checkPlaces(bytes: ByteSource, found: readonly Located[], directoryAt: number): void {
  let end = 0
  let room = 0
  for (const located of found.toSorted((a, b) => a.headerAt - b.headerAt)) {
    const { is, headerAt } = located
    if (headerAt < end || headerAt > end + room)
      throw new UnsoundArchive(
        headerAt < end ? 'entries that lie over each other' : 'bytes that belong to no entry',
        'one entry after the other',
      )
    const local = readLocalHeader(bytes, headerAt)
    if (local.rawName !== located.rawName)
      throw new UnsoundArchive(
        `another name for ${showValue(is.path)} beside its bytes`,
        'the same name twice',
      )
    if (local.method !== located.method)
      throw new UnsoundArchive(`two ways to unpack ${showValue(is.path)}`, 'one')
    located.dataAt = local.end
    end = local.end + located.packedBytes
    room = local.hasDescriptor ? longestDescriptorBytes : 0
  }
  if (directoryAt < end || directoryAt > end + room)
    throw new UnsoundArchive('bytes between the entries and their directory', 'nothing there')
}

const localHeaderBytes = 30

/** The header in front of an entry's bytes (APPNOTE.TXT, 4.3.7). */
function readLocalHeader(bytes: ByteSource, at: number) {
  const header = Buffer.from(bytes.bytes(at, localHeaderBytes))
  if (header.length < localHeaderBytes || header.readUInt32LE(0) !== 0x04034b50)
    throw new UnsoundArchive('an entry that is not where the directory says', 'a whole archive')
  const nameBytes = header.readUInt16LE(26)
  return {
    hasDescriptor: (header.readUInt16LE(6) & 0x8) !== 0,
    method: header.readUInt16LE(8),
    rawName: bytes.bytes(at + localHeaderBytes, nameBytes).toString('latin1'),
    end: at + localHeaderBytes + nameBytes + header.readUInt16LE(28),
  }
}

function keepBytes(bytes: ByteSource, located: Located, gathered: GatheredEntries): void {
  const { path, size } = located.is
  const { packedBytes } = located
  // Deflate adds a few bytes to each 16 kB that it cannot shrink; what is far longer was not made by it.
  if (packedBytes > 2 * size + 1024) {
    gathered.leave(path, `${packedBytes} packed bytes`, `what ${size} bytes are packed into`)
    return
  }
  const packed = bytes.bytes(located.dataAt, packedBytes)
  const unpacked = located.method === stored ? Buffer.from(packed) : inflated(packed, size)
  if (typeof unpacked === 'string') gathered.leave(path, `damaged bytes (${unpacked})`, `${size} bytes`)
  else if (unpacked.length !== size || crc32(unpacked) !== located.crc32)
    gathered.leave(path, 'damaged bytes', 'the length and checksum beside them')
  else gathered.keep(path, unpacked)
}

/** The unpacked bytes, in room that is made once for them; a text says what is wrong with them. */
function inflated(packed: Buffer, size: number): Buffer | string {
  try {
    // With one byte to spare no second room is made to see whether there are more.
    return inflateRawSync(packed, { chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1 })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
