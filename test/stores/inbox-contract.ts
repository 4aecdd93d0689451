import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery, Inbox } from '../../src/ports/inbox.ts'
import type { Adapter, Storage } from './adapters.ts'

export function delivery(guid: string, overrides: Partial<Delivery> = {}): Delivery {
  return { guid, event: 'workflow_run', payload: '{"a":1}', receivedAt: 5, ...overrides }
}

/** What every inbox must do. */
export function inboxContract(adapter: Adapter): void {
  describe(`inbox: ${adapter.name}`, () => {
    let storage: Storage
    let inbox: Inbox
    let other: Inbox
    beforeEach(async () => {
      storage = await adapter.create()
      inbox = (await storage.open()).inbox
      other = (await storage.open()).inbox
    })
    afterEach(() => storage.dispose())

    const guids = async (limit = 100) => (await other.pending(limit)).map((one) => one.guid)

    it('keeps deliveries in order of arrival, whatever their times say', async () => {
      await inbox.put(delivery('b', { receivedAt: 9 }))
      await inbox.put(delivery('a', { receivedAt: 3 }))
      await inbox.put(delivery('c', { receivedAt: 9 }))
      expect(await guids()).toEqual(['b', 'a', 'c'])
      expect(await guids(2)).toEqual(['b', 'a'])
      expect((await other.pending(1))[0]).toEqual(delivery('b', { receivedAt: 9 }))
    })

    it('answers false for a known GUID and keeps the first payload', async () => {
      expect(await inbox.put(delivery('a'))).toBe(true)
      expect(await other.put(delivery('a', { payload: 'forged later' }))).toBe(false)
      expect((await inbox.pending(10)).map((one) => one.payload)).toEqual(['{"a":1}'])
    })

    it('takes a delivery once when the same GUID comes many times at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? inbox : other).put(delivery('a'))),
      )
      expect(answers.filter((fresh) => fresh)).toHaveLength(1)
      expect(await guids()).toEqual(['a'])
    })

    it('writes what comes and what is done in one go, each for itself', async () => {
      await inbox.put(delivery('a'))
      await inbox.put(delivery('b'))
      const answers = await Promise.all([
        inbox.put(delivery('c')),
        inbox.done('a', 7),
        inbox.put(delivery('c')),
        inbox.put(delivery('b')),
        inbox.done('b', 8),
        inbox.put(delivery('d')),
      ])
      expect(answers).toEqual([true, undefined, false, false, undefined, true])
      expect(await guids()).toEqual(['c', 'd'])
    })

    it('does not show a done delivery again, also when it is redelivered', async () => {
      await inbox.put(delivery('a'))
      await inbox.put(delivery('b'))
      await inbox.done('a', 7)
      expect(await inbox.put(delivery('a'))).toBe(false)
      expect(await guids()).toEqual(['b'])
    })

    it('sets a delivery aside after the last attempt, and not before; it is known all the while', async () => {
      await inbox.put(delivery('a'))
      await inbox.failed('a', 'boom', false)
      await inbox.failed('a', 'boom', false)
      expect(await guids()).toEqual(['a'])
      expect(await other.has('a')).toBe(true)
      await inbox.failed('a', 'boom', true)
      expect(await guids()).toEqual([])
      expect(await other.has('a')).toBe(true)
      expect(await other.has('b')).toBe(false)
      expect(await inbox.put(delivery('a'))).toBe(false)
    })

    it('ignores outcomes of a GUID that it never saw', async () => {
      await inbox.done('ghost', 1)
      await inbox.failed('ghost', 'boom', true)
      expect(await guids()).toEqual([])
    })
  })
}
