import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { type ArchiveEntry, type ArchiveLimits, type ArchiveSource, UnsoundArchive } from './archive.ts'
import { filledBuffer } from './filled-buffer.ts'
import { densityCheck, type GatheredEntries } from './gathered-entries.ts'

/** Reads a gzipped tar from its first byte to its last, however little of it is kept. */
export async function readTarball(
  source: ArchiveSource,
  gathered: GatheredEntries,
  limits: ArchiveLimits,
  packedBytes: number,
): Promise<void> {
  const checkUnpacked = densityCheck(limits, packedBytes)
  const tar = createTarReader(gathered)
  const packed = typeof source === 'string' ? createReadStream(source) : piecesOf(source)
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  await pipeline(packed, gunzip, async (chunks: AsyncIterable<Buffer>) => {
    let unpacked = 0
    for await (const chunk of chunks) {
      unpacked += chunk.length
      checkUnpacked(unpacked)
      tar.write(chunk)
    }
  })
  tar.end()
}

/** Takes the unpacked bytes; throws at the first thing that is wrong with them. */
function createTarReader(gathered: GatheredEntries) {
  let problem: unknown = null
  let begun = false
  let ended = false
  const parser = new Parser({
    strict: true,
    // Without a word of it the parser takes anything odd for Brotli.
    brotli: false,
    onReadEntry: (entry) => {
      try {
        if (problem === null) take(entry, gathered)
      } catch (error) {
        problem = error
      }
      entry.resume()
    },
  })
  parser.on('error', (error) => {
    problem ??= new UnsoundArchive(`a damaged tar (${error.message})`, 'a whole tar')
  })
  // What follows the end is no entry for anybody; parsing megabytes of zeros takes seconds.
  parser.on('eof', () => {
    ended = true
  })
  // An entry that nobody is told of is a longer name or the like that was too large to be read.
  parser.on('ignoredEntry', () => {
    problem ??= new UnsoundArchive('a tar header beyond 1 MB', 'headers of at most 1 MB')
  })
  const complain = () => {
    if (problem !== null) throw problem
  }
  return {
    write: (chunk: Buffer) => {
      // The parser would unpack it again, and nobody would count.
      if (!begun && isPacked(chunk)) throw new UnsoundArchive('an archive packed twice', 'a tar inside gzip')
      begun = true
      if (!ended) parser.write(chunk)
      complain()
    },
    end: () => {
      if (!begun) throw new UnsoundArchive('an empty file inside gzip', 'a tar inside gzip')
      parser.end()
      complain()
    },
  }
}

function isPacked(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  return (first === 0x1f && second === 0x8b) || (first === 0x28 && second === 0xb5)
}

const kinds: Readonly<Record<string, ArchiveEntry['kind']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  Link: 'link',
  SymbolicLink: 'link',
}

function take(entry: ReadEntry, gathered: GatheredEntries): void {
  const kind = kinds[entry.type] ?? 'other'
  // `./` in front of every path is how some pack; it names no folder.
  const path = entry.path.replace(/^(?:\.\/)+(?=.)/, '')
  const is = { path, kind, size: entry.size }
  gathered.add(is)
  if (!gathered.keeps(is)) return
  const bytes = filledBuffer(entry.size)
  entry.on('data', (chunk) => bytes.add(chunk))
  entry.on('end', () => gathered.keep(path, bytes.all))
}

const pieceBytes = 256 * 1024

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield bytes.subarray(start, start + pieceBytes)
}
