import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PackageRecord, PackageStore } from '../../src/ports/package-store.ts'
import type { Adapter, Storage } from './adapters.ts'

function record(id: string, revision: number, overrides: Partial<PackageRecord> = {}): PackageRecord {
  return { id, revision, versions: {}, tags: {}, extra: {}, createdAt: 1, modifiedAt: 2, ...overrides }
}

/** What every package store must do. */
export function packageStoreContract(adapter: Adapter): void {
  describe(`package store: ${adapter.name}`, () => {
    let storage: Storage
    let store: PackageStore
    let other: PackageStore
    beforeEach(async () => {
      storage = await adapter.create()
      store = (await storage.open()).packages
      other = (await storage.open()).packages
    })
    afterEach(() => storage.dispose())

    it('gives a package back as it was put', async () => {
      const full = record('npm:@s/x', 1, {
        tags: { latest: '1.0.0' },
        versions: {
          '1.0.0': {
            version: '1.0.0',
            files: [],
            manifest: { name: '@s/x', nested: [1, null] },
            withdrawn: null,
            createdAt: 3,
          },
        },
      })
      expect(await store.put(full, 0)).toBe(true)
      expect(await other.get('npm:@s/x')).toEqual(full)
      expect(await other.get('npm:@s/y')).toBeNull()
    })

    it('shows to who read it before what somebody else put since', async () => {
      await store.put(record('npm:a', 1), 0)
      const before = await store.get('npm:a')
      expect(await store.get('npm:a')).toEqual(before)
      await other.put(record('npm:a', 2, { tags: { latest: '1.0.0' } }), 1)
      expect((await store.get('npm:a'))?.tags).toEqual({ latest: '1.0.0' })
      expect(before?.tags).toEqual({})
    })

    it.each([
      { stored: 0, expected: 1 },
      { stored: 3, expected: 0 },
      { stored: 3, expected: 2 },
      { stored: 3, expected: 4 },
    ])('answers false at revision $stored when $expected was expected, and changes nothing', async (row) => {
      if (row.stored > 0) await store.put(record('pypi:a', row.stored), 0)
      expect(await store.put(record('pypi:a', row.expected + 1, { modifiedAt: 99 }), row.expected)).toBe(
        false,
      )
      expect((await store.get('pypi:a'))?.modifiedAt ?? 2).toBe(2)
    })

    it('throws when the revision would not rise', async () => {
      await expect(store.put(record('pypi:a', 1), 1)).rejects.toThrow('revision of pypi:a: got 1')
    })

    it('lets exactly one of many parallel writers win, also the first', async () => {
      for (const revision of [0, 1]) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, writer) =>
            (writer % 2 === 0 ? store : other).put(
              record('pypi:a', revision + 1, { modifiedAt: writer }),
              revision,
            ),
          ),
        )
        expect(answers.filter((won) => won)).toHaveLength(1)
        expect((await store.get('pypi:a'))?.modifiedAt).toBe(answers.indexOf(true))
      }
    })

    it('lists the packages of one ecosystem, ascending', async () => {
      for (const id of ['npm:b', 'npm:@s/a', 'pypi:a', 'npm:a']) await store.put(record(id, 1), 0)
      expect(await other.list('npm')).toEqual(['npm:@s/a', 'npm:a', 'npm:b'])
      expect(await other.list('pypi')).toEqual(['pypi:a'])
      expect(await other.list('cargo')).toEqual([])
    })
  })
}
