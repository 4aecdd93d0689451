import { unzipSync } from 'fflate'
import { Parser } from 'tar'

/** Metadata files are small; anything larger is not read into memory. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024

/**
 * The text of the first file in a gzipped tar whose path matches, or null. Throws when the bytes are no
 * gzipped tar.
 */
export function entryOfTarball(bytes: Uint8Array, path: RegExp): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let found: Buffer[] | null = null
    const parser = new Parser({
      strict: true,
      filter: (name, entry) =>
        found === null && path.test(name) && 'size' in entry && (entry.size ?? 0) <= MAX_ENTRY_BYTES,
      onReadEntry: (entry) => {
        const chunks: Buffer[] = []
        found = chunks
        entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
      },
    })
    parser.on('error', reject)
    parser.on('end', () => resolve(found === null ? null : Buffer.concat(found).toString('utf8')))
    parser.end(Buffer.from(bytes))
  })
}

/** The text of the first file in a zip whose path matches, or null. Throws when the bytes are no zip. */
export function entryOfZip(bytes: Uint8Array, path: RegExp): string | null {
  let taken = false
  const entries = unzipSync(bytes, {
    filter: (file) => {
      const wanted = !taken && path.test(file.name) && file.originalSize <= MAX_ENTRY_BYTES
      taken ||= wanted
      return wanted
    },
  })
  const [content] = Object.values(entries)
  return content === undefined ? null : Buffer.from(content).toString('utf8')
}
