import { createHash, randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobDraft } from '../../ports/blob-store.ts'
import { isSha256 } from './check-blob.ts'

/**
 * A draft as a file of its own. `place` moves the flushed file to where its name belongs; whatever goes wrong,
 * the file is gone afterwards.
 */
export async function createDiskDraft(
  folder: string,
  place: (path: string, sha256: string) => Promise<void>,
): Promise<BlobDraft> {
  const path = join(folder, randomUUID())
  const file = await open(path, 'wx+', 0o644)
  const hash = createHash('sha256')
  let size = 0
  let open_ = true

  async function close(): Promise<void> {
    if (!open_) return
    open_ = false
    await file.close()
  }

  async function discard(): Promise<void> {
    await close()
    await rm(path, { force: true })
  }

  return {
    async write(bytes) {
      hash.update(bytes)
      let written = 0
      while (written < bytes.length) {
        written += (await file.write(bytes, written, bytes.length - written, size + written)).bytesWritten
      }
      size += bytes.length
    },
    size: () => size,
    source: () => path,
    async keep(sha256) {
      try {
        const actual = hash.digest('hex')
        if (!isSha256(sha256) || actual !== sha256) {
          throw new Error(`blob ${sha256}: the bytes have sha256 ${actual}`)
        }
        await file.sync()
        await close()
        await place(path, sha256)
      } catch (error) {
        await discard()
        throw error
      }
    },
    discard,
  }
}
