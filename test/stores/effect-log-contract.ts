import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppliedEffect, EffectLog } from '../../src/ports/effect-log.ts'
import type { Adapter, Storage } from './adapters.ts'

function applied(key: string, overrides: Partial<AppliedEffect> = {}): AppliedEffect {
  return { key, digest: 'd1', place: { repository: 'acme/lib', issue: 4 }, at: 10, ...overrides }
}

/** What every effect log must do. */
export function effectLogContract(adapter: Adapter): void {
  describe(`effect log: ${adapter.name}`, () => {
    let storage: Storage
    let log: EffectLog
    beforeEach(async () => {
      storage = await adapter.create()
      log = (await storage.open()).effects
    })
    afterEach(() => storage.dispose())

    it('gives back what was put last under a key', async () => {
      expect(await log.get('ro-a/tracking-issue//0')).toBeNull()
      await log.put(applied('ro-a/tracking-issue//0'))
      await log.put(
        applied('ro-a/tracking-issue//0', { digest: 'd2', place: { issue: 5, url: null }, at: 11 }),
      )
      expect(await log.get('ro-a/tracking-issue//0')).toEqual({
        key: 'ro-a/tracking-issue//0',
        digest: 'd2',
        place: { issue: 5, url: null },
        at: 11,
      })
    })

    it('lists by exact prefix, ascending', async () => {
      for (const key of ['ro-a/b', 'ro-a/a', 'ro-ab/x', 'ro-%/x', 'ro-_/y']) await log.put(applied(key))
      const keys = async (prefix: string) => (await log.list(prefix)).map((one) => one.key)
      expect(await keys('ro-a/')).toEqual(['ro-a/a', 'ro-a/b'])
      expect(await keys('ro-%/')).toEqual(['ro-%/x'])
      expect(await keys('ro-_/')).toEqual(['ro-_/y'])
      expect(await keys('none/')).toEqual([])
    })

    it('finds by all given fields of the place, by type, and only where it was put last', async () => {
      await log.put(applied('one', { place: { repository: 'acme/lib', issue: 4 } }))
      await log.put(applied('two', { place: { repository: 'acme/lib', issue: 5 } }))
      await log.put(applied('three', { place: { repository: 'acme/app', issue: 4, comment: 9 } }))
      const keys = async (place: Record<string, string | number>) =>
        (await log.findByPlace(place)).map((one) => one.key)
      expect(await keys({ repository: 'acme/lib', issue: 4 })).toEqual(['one'])
      expect(await keys({ issue: 4 })).toEqual(['one', 'three'])
      expect(await keys({ issue: '4' })).toEqual([])
      expect(await keys({ repository: 'acme/lib', issue: 4, comment: 9 })).toEqual([])
      expect(await keys({})).toEqual([])
      await log.put(applied('one', { place: { repository: 'acme/lib', issue: 6 } }))
      expect(await keys({ repository: 'acme/lib', issue: 4 })).toEqual([])
    })
  })
}
