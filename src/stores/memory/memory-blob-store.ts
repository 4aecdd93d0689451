import type { BlobStore } from '../../ports/blob-store.ts'
import { checkBlob } from '../disk/check-blob.ts'

/** Blobs in memory. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>()
  return {
    async put(sha256, bytes) {
      checkBlob(sha256, bytes)
      if (!blobs.has(sha256)) blobs.set(sha256, Uint8Array.from(bytes))
    },
    async get(sha256) {
      return blobs.get(sha256) ?? null
    },
    async has(sha256) {
      return blobs.has(sha256)
    },
  }
}
