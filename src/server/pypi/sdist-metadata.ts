import { entryOfZip } from '../../registries/slipway-index/archive-entry.ts'
import { tarballEntry } from '../files/tarball-entry.ts'

const pkgInfo = /^[^/]+\/PKG-INFO$/

/** The `PKG-INFO` of an sdist (.tar.gz or .zip), or null where none can be read within the limits. */
export async function sdistMetadata(fileName: string, bytes: Uint8Array): Promise<Uint8Array | null> {
  try {
    if (!fileName.endsWith('.zip')) return await tarballEntry(bytes, pkgInfo)
    const text = entryOfZip(bytes, pkgInfo)
    return text === null ? null : Buffer.from(text)
  } catch {
    return null
  }
}
