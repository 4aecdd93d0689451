import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DocumentCache, OverlayNote, OverlayNotes } from '../../src/ports/upstream.ts'
import type { Adapter, Storage } from './adapters.ts'

const empty = (id: string): OverlayNote => ({
  id,
  firstSeenAt: null,
  released: [],
  shadow: false,
  changes: [],
})

/** What every store of things about other indexes must do. */
export function overlayContract(adapter: Adapter): void {
  describe(`notes and documents of other indexes: ${adapter.name}`, () => {
    let storage: Storage
    let notes: OverlayNotes
    let otherNotes: OverlayNotes
    let documents: DocumentCache
    let otherDocuments: DocumentCache
    beforeEach(async () => {
      storage = await adapter.create()
      ;({ notes, documents } = await storage.open())
      ;({ notes: otherNotes, documents: otherDocuments } = await storage.open())
    })
    afterEach(() => storage.dispose())

    it('a note is changed by nobody else in between', async () => {
      const add = (store: OverlayNotes, version: string) =>
        store.update('npm:a', (before) => {
          const note = before ?? empty('npm:a')
          return { ...note, released: [...note.released, version] }
        })
      const versions = Array.from({ length: 20 }, (_, number) => `1.0.${number}`)
      await Promise.all(versions.map((version, at) => add(at % 2 === 0 ? notes : otherNotes, version)))
      expect((await otherNotes.get('npm:a'))?.released.toSorted()).toEqual(versions.toSorted())
    })

    it('a note gives what is stored, and a refused change stores nothing', async () => {
      const note = { ...empty('pypi:b'), firstSeenAt: 5, shadow: true }
      expect(await notes.update('pypi:b', () => note)).toEqual(note)
      const broken = notes.update('npm:a', () => {
        throw new Error('no')
      })
      await expect(broken).rejects.toThrow('no')
      await notes.update('npm:z', () => empty('npm:z'))
      expect(await otherNotes.list()).toEqual(['npm:z', 'pypi:b'])
      expect(await otherNotes.get('npm:a')).toBeNull()
    })

    it('the last document put counts, until it is removed', async () => {
      const document = {
        url: 'http://127.0.0.1/a',
        etag: null,
        lastModified: 'Sat, 21 Nov 2026 00:00:00 GMT',
        contentType: 'text/html',
        fetchedAt: 7,
      }
      for (const text of ['first', '', 'last\nline'])
        await documents.put('npm:a', { ...document, body: Buffer.from(text) })
      const back = await otherDocuments.get('npm:a')
      expect(back && { ...back, body: Buffer.from(back.body).toString() }).toEqual({
        ...document,
        body: 'last\nline',
      })
      expect(await otherDocuments.get('npm:b')).toBeNull()
      await otherDocuments.remove('npm:a')
      await otherDocuments.remove('npm:a')
      expect(await documents.get('npm:a')).toBeNull()
    })
  })
}
