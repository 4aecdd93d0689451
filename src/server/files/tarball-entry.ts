import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Parser } from 'tar'

/** Packed to a hundredth, an upload could still fill the machine when it is unpacked. */
const maxUnpackedBytes = 512 * 1024 * 1024
const maxEntryBytes = 4 * 1024 * 1024

/**
 * The first file in a gzipped tar whose path matches; null where there is none within the limits. Reads until the
 * entry is there; the rest of the archive is never unpacked. Rejects for bytes that are no gzip.
 */
export async function tarballEntry(bytes: Uint8Array, pattern: RegExp): Promise<Uint8Array | null> {
  let found: Uint8Array | null = null
  let ended = false
  const parser = new Parser({
    // Without a word of it the parser takes anything odd for Brotli.
    brotli: false,
    filter: (path, entry) => pattern.test(path) && 'size' in entry && (entry.size ?? 0) <= maxEntryBytes,
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
