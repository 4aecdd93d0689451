import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser } from 'tar'
import { entryOfZip } from '../registries/slipway-index/archive-entry.ts'

/** Packed to a hundredth, an upload could still fill the machine when it is unpacked. */
const maxUnpackedBytes = 512 * 1024 * 1024
const maxEntryBytes = 4 * 1024 * 1024
const pkgInfo = /^[^/]+\/PKG-INFO$/

/** The `PKG-INFO` of an sdist (.tar.gz or .zip), or null where none can be read within the limits. */
export async function sdistMetadata(fileName: string, bytes: Uint8Array): Promise<Uint8Array | null> {
  try {
    if (!fileName.endsWith('.zip')) return await pkgInfoOfTarball(bytes)
    const text = entryOfZip(bytes, pkgInfo)
    return text === null ? null : Buffer.from(text)
  } catch {
    return null
  }
}

/** Reads until the entry is there; the rest of the archive is never unpacked. */
async function pkgInfoOfTarball(bytes: Uint8Array): Promise<Uint8Array | null> {
  let found: Uint8Array | null = null
  let ended = false
  const parser = new Parser({
    // Only gzip is an sdist; without a word of it the parser takes anything odd for Brotli.
    brotli: false,
    filter: (path, entry) => pkgInfo.test(path) && 'size' in entry && (entry.size ?? 0) <= maxEntryBytes,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = []
      entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
      entry.on('end', () => {
        found ??= Buffer.concat(chunks)
      })
    },
  })
  for (const event of ['eof', 'error'])
    parser.on(event, () => {
      ended = true
    })
  await pipeline([bytes], createGunzip({ chunkSize: 256 * 1024 }), async (chunks: AsyncIterable<Buffer>) => {
    let unpacked = 0
    for await (const chunk of chunks) {
      unpacked += chunk.length
      if (found !== null || ended || unpacked > maxUnpackedBytes) return
      parser.write(chunk)
    }
  })
  return found
}
