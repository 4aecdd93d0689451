import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore } from '../../src/ports/blob-store.ts'
import type { Adapter, Storage } from './adapters.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** What every blob store must do. */
export function blobStoreContract(adapter: Adapter): void {
  describe(`blob store: ${adapter.name}`, () => {
    let storage: Storage
    let store: BlobStore
    beforeEach(async () => {
      storage = await adapter.create()
      store = (await storage.open()).blobs
    })
    afterEach(() => storage.dispose())

    it('gives bytes back under their hash; again is fine', async () => {
      const bytes = bytesOf('a wheel\u0000')
      const name = sha256(bytes)
      expect(await store.has(name)).toBe(false)
      expect(await store.get(name)).toBeNull()
      await store.put(name, bytes)
      await store.put(name, bytes)
      expect(await store.has(name)).toBe(true)
      expect(Buffer.from((await store.get(name)) ?? [])).toEqual(Buffer.from(bytes))
    })

    it('refuses bytes that are not what the name says, and stores nothing', async () => {
      const name = sha256(bytesOf('right'))
      await expect(store.put(name, bytesOf('wrong'))).rejects.toThrow(`blob ${name}: the bytes have sha256`)
      expect(await store.has(name)).toBe(false)
    })

    it.each(['../../etc/passwd', '', 'ABC', 'g'.repeat(64)])('knows no blob named %j', async (name) => {
      await expect(store.put(name, bytesOf('x'))).rejects.toThrow('expected 64 hex digits')
      expect(await store.get(name)).toBeNull()
      expect(await store.has(name)).toBe(false)
    })

    it('takes the same bytes from many writers at once', async () => {
      const bytes = bytesOf('x'.repeat(100_000))
      await Promise.all(Array.from({ length: 10 }, () => store.put(sha256(bytes), bytes)))
      expect((await store.get(sha256(bytes)))?.byteLength).toBe(100_000)
    })
  })
}
