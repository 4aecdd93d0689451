import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessStore, PublisherRecord, TokenRecord } from '../../src/ports/access-store.ts'
import type { Adapter, Storage } from './adapters.ts'

function token(id: string, overrides: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    name: id,
    owner: 'acme',
    secretSha256: `hash of ${id}`,
    scopes: ['publish'],
    packages: ['pypi:demo-*'],
    createdAt: 1,
    expiresAt: null,
    lastUsedAt: null,
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

    it('lists tokens, newest first, and forgets one that is revoked', async () => {
      await store.addToken(token('t1', { createdAt: 1 }))
      await store.addToken(token('t2', { createdAt: 2, name: 'deploy' }))
      expect((await other.listTokens()).map(({ id }) => id)).toEqual(['t2', 't1'])
      expect((await other.revokeToken('t2'))?.name).toBe('deploy')
      expect(await other.revokeToken('t2')).toBeNull()
      expect(await store.findToken('hash of t2')).toBeNull()
      expect((await store.listTokens()).map(({ id }) => id)).toEqual(['t1'])
    })

    it('notes the latest use of a token', async () => {
      await store.addToken(token('t1'))
      await store.touchToken('t1', 70)
      await other.touchToken('t1', 60)
      await other.touchToken('nobody', 60)
      expect((await store.findToken('hash of t1'))?.lastUsedAt).toBe(70)
    })

    it('forgets an expired token after as long again as it lived, and at most a week', async () => {
      const now = storage.clock.now()
      const weekMs = 7 * 24 * 3_600_000
      await store.addToken(token('short', { createdAt: now, expiresAt: now + 100 }))
      await store.addToken(token('long', { createdAt: now, expiresAt: now + 2 * weekMs }))
      await store.addToken(token('lasting', { createdAt: now }))
      const left = async (at: number) => {
        storage.clock.set(at)
        await other.addToken(token(`at ${at}`, { createdAt: at - 1, expiresAt: at }))
        return (await store.listTokens()).map(({ id }) => id).filter((id) => !id.startsWith('at '))
      }
      expect(await left(now + 199)).toEqual(['lasting', 'long', 'short'])
      expect(await left(now + 200)).toEqual(['lasting', 'long'])
      expect(await left(now + 3 * weekMs - 1)).toEqual(['lasting', 'long'])
      expect(await left(now + 3 * weekMs)).toEqual(['lasting'])
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

    it('knows when a word was first told, as long as it is told again before it is forgotten', async () => {
      const first = storage.clock.now()
      expect(await store.firstTold('met', first + 100)).toBe(first)
      storage.clock.set(first + 90)
      expect(await other.firstTold('met', first + 190)).toBe(first)
      storage.clock.set(first + 150)
      expect(await store.firstTold('met', first + 250)).toBe(first)
      storage.clock.set(first + 250)
      expect(await store.firstTold('met', first + 350)).toBe(first + 250)
      expect(await store.firstTold('another', first + 350)).toBe(first + 250)
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
