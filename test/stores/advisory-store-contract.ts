import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdvisoryStore } from '../../src/ports/advisory-store.ts'
import type { Advisory } from '../../src/versions/advisory.ts'
import type { Adapter, Storage } from './adapters.ts'

const advisory = (id: string): Advisory => ({
  id,
  affected: '<1.2.3',
  summary: `what is wrong in “${id}”`,
  url: null,
})

/** What every advisory store must do. */
export function advisoryStoreContract(adapter: Adapter): void {
  describe(`advisory store: ${adapter.name}`, () => {
    let storage: Storage
    let store: AdvisoryStore
    let other: AdvisoryStore
    beforeEach(async () => {
      storage = await adapter.create()
      store = (await storage.open()).advisories
      other = (await storage.open()).advisories
    })
    afterEach(() => storage.dispose())

    it('knows nothing against a package of which nobody said anything', async () => {
      expect(await store.advisoriesOf('npm:x')).toEqual([])
    })

    it('replaces the advisories of one package and keeps their order', async () => {
      await store.setAdvisories('npm:x', [advisory('b'), advisory('a')])
      await store.setAdvisories('npm:y', [advisory('c')])
      expect(await other.advisoriesOf('npm:x')).toEqual([advisory('b'), advisory('a')])
      await other.setAdvisories('npm:x', [])
      expect(await store.advisoriesOf('npm:x')).toEqual([])
      expect(await store.advisoriesOf('npm:y')).toEqual([advisory('c')])
    })

    it('keeps what it was given, not what becomes of it', async () => {
      const given = [advisory('a')]
      await store.setAdvisories('npm:x', given)
      given.push(advisory('b'))
      expect(await store.advisoriesOf('npm:x')).toEqual([advisory('a')])
    })
  })
}
