import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore } from '../../src/ports/blob-store.ts'
import type { Adapter, Storage } from './adapters.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function gathered<T>(from: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}

async function textOf(store: BlobStore, name: string, start?: number, end?: number): Promise<string> {
  const blob = await store.open(name)
  return Buffer.concat(await gathered(blob?.stream(start, end) ?? [])).toString()
}

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

    it('says where a file lies, unread, if it lies anywhere on this machine', async () => {
      const bytes = bytesOf('a wheel')
      const name = sha256(bytes)
      expect(await store.pathOf(name)).toBeNull()
      expect(await store.pathOf('../../etc/passwd')).toBeNull()
      await store.put(name, bytes)
      const path = await store.pathOf(name)
      if (path !== null) expect(await readFile(path)).toEqual(Buffer.from(bytes))
    })

    it('takes a draft piece by piece, readable before it is kept and whole afterwards', async () => {
      const pieces = [bytesOf('one '), bytesOf('two '), bytesOf('three')]
      const name = sha256(Buffer.concat(pieces))
      const draft = await store.draft()
      for (const piece of pieces) await draft.write(piece)
      const source = draft.source()
      const read = typeof source === 'string' ? await readFile(source) : Buffer.from(source)
      expect([draft.size(), read.toString()]).toEqual([13, 'one two three'])
      expect(await store.has(name)).toBe(false)
      await draft.keep(name)
      await draft.discard()
      expect(await textOf(store, name)).toBe('one two three')
      expect(await textOf(store, name, 4, 7)).toBe('two')
      expect(await gathered(store.names())).toEqual([name])
    })

    it('keeps nothing of a draft that is discarded or not what its name says', async () => {
      const name = sha256(bytesOf('right'))
      for (const act of ['keep', 'discard'] as const) {
        const draft = await store.draft()
        await draft.write(bytesOf('wrong'))
        if (act === 'keep')
          await expect(draft.keep(name)).rejects.toThrow(`blob ${name}: the bytes have sha256`)
        else await draft.discard()
      }
      expect([await store.has(name), await store.open(name)]).toEqual([false, null])
      expect(await gathered(store.names())).toEqual([])
    })

    it('takes the same bytes from many writers at once', async () => {
      const bytes = bytesOf('x'.repeat(100_000))
      await Promise.all(Array.from({ length: 10 }, () => store.put(sha256(bytes), bytes)))
      expect((await store.get(sha256(bytes)))?.byteLength).toBe(100_000)
    })
  })
}
