import type { BlobDraft, BlobStore } from '../../ports/blob-store.ts'
import { checkBlob } from '../disk/check-blob.ts'

/** Blobs in memory. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Uint8Array>()
  const put = (sha256: string, bytes: Uint8Array) => {
    checkBlob(sha256, bytes)
    if (!blobs.has(sha256)) blobs.set(sha256, Uint8Array.from(bytes))
  }
  return {
    draft: async () => createMemoryDraft(put),
    put: async (sha256, bytes) => put(sha256, bytes),
    async get(sha256) {
      return blobs.get(sha256) ?? null
    },
    async open(sha256) {
      const bytes = blobs.get(sha256)
      if (bytes === undefined) return null
      return {
        size: bytes.length,
        async *stream(start = 0, end = bytes.length) {
          yield bytes.subarray(start, end)
        },
      }
    },
    pathOf: async () => null,
    async has(sha256) {
      return blobs.has(sha256)
    },
    async *names() {
      yield* blobs.keys()
    },
  }
}

function createMemoryDraft(put: (sha256: string, bytes: Uint8Array) => void): BlobDraft {
  const written: Uint8Array[] = []
  return {
    async write(bytes) {
      written.push(Uint8Array.from(bytes))
    },
    size: () => written.reduce((sum, { length }) => sum + length, 0),
    source: () => Buffer.concat(written),
    keep: async (sha256) => put(sha256, Buffer.concat(written)),
    discard: async () => {},
  }
}
