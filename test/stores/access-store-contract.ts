import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessStore, PublisherRecord, TokenRecord } from '../../src/ports/access-store.ts'
import type { Adapter, Storage } from './adapters.ts'

function token(id: string, overrides: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    secretSha256: `hash of ${id}`,
    scopes: ['publish'],
    packages: ['pypi:demo-*'],
    createdAt: 1,
    expiresAt: null,
    ...overrides,
  }
}

function publisher(workflow: string): PublisherRecord {
  return { package: 'npm:x', repositoryId: '7', repositoryOwnerId: '8', workflow, environment: null }
}

/** What every access store must do. */
export function accessStoreContract(adapter: Adapter): void {
  describe(`access store: ${adapter.name}`, () => {
    let storage: Storage
    let store: AccessStore
    let other: AccessStore
    beforeEach(async () => {
      storage = await adapter.create()
      store = (await storage.open()).access
      other = (await storage.open()).access
    })
    afterEach(() => storage.dispose())

    it('finds a token by the hash of its secret only', async () => {
      await store.addToken(token('t1', { expiresAt: 50, scopes: ['publish', 'read'] }))
      expect(await other.findToken('hash of t1')).toEqual(
        token('t1', { expiresAt: 50, scopes: ['publish', 'read'] }),
      )
      expect(await other.findToken('t1')).toBeNull()
    })

    it('refuses a second token of the same id or secret and keeps the first', async () => {
      await store.addToken(token('t1'))
      await expect(store.addToken(token('t1', { secretSha256: 'other' }))).rejects.toThrow(
        't1 exists already',
      )
      await expect(store.addToken(token('t2', { secretSha256: 'hash of t1' }))).rejects.toThrow(
        'exists already',
      )
      expect((await store.findToken('hash of t1'))?.id).toBe('t1')
      expect(await store.findToken('other')).toBeNull()
    })

    it('knows one owner a package, the last one set', async () => {
      expect(await store.ownerOf('npm:x')).toBeNull()
      const owner = { package: 'npm:x', repositoryId: '2', repository: 'acme/new' }
      await store.setOwner({ ...owner, repositoryId: '1', repository: 'acme/old' })
      await store.setOwner(owner)
      await store.setOwner({ ...owner, package: 'npm:a' })
      expect(await other.ownerOf('npm:x')).toEqual(owner)
      expect((await other.packagesOwnedBy('2')).map((one) => one.package)).toEqual(['npm:a', 'npm:x'])
      expect(await other.packagesOwnedBy('1')).toEqual([])
    })

    it('replaces the publishers of a package and keeps their order', async () => {
      await store.setPublishers('npm:x', [publisher('b.yml'), publisher('a.yml')])
      expect(await other.publishersOf('npm:x')).toEqual([publisher('b.yml'), publisher('a.yml')])
      await store.setPublishers('npm:x', [])
      expect(await other.publishersOf('npm:x')).toEqual([])
    })

    it('finds what the workflows of a repository may publish', async () => {
      const of = (name: string, repositoryId: string) => ({
        ...publisher('a.yml'),
        package: name,
        repositoryId,
      })
      await store.setPublishers('pypi:z', [of('pypi:z', '7')])
      await store.setPublishers('npm:y', [of('npm:y', '8'), of('npm:y', '7')])
      expect(await other.publishersFrom('7')).toEqual([of('npm:y', '7'), of('pypi:z', '7')])
      expect(await other.publishersFrom('9')).toEqual([])
    })

    it('takes a word again with the same value, never with another, until it expires', async () => {
      expect(await store.useOnce('jti-1', 'a', storage.clock.now() + 100)).toBe(true)
      expect(await other.useOnce('jti-1', 'a', storage.clock.now() + 100)).toBe(true)
      expect(await other.useOnce('jti-1', 'b', storage.clock.now() + 100)).toBe(false)
      storage.clock.set(storage.clock.now() + 100)
      expect(await other.useOnce('jti-1', 'b', storage.clock.now() + 100)).toBe(true)
    })

    it('lets exactly one of many parallel users of a word win', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, user) =>
          (user % 2 === 0 ? store : other).useOnce('nonce', `user ${user}`, storage.clock.now() + 100),
        ),
      )
      expect(answers.filter((won) => won)).toHaveLength(1)
    })
  })
}
