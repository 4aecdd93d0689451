import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OfferRecord, OfferStore } from '../../src/ports/offer-store.ts'
import type { Adapter, Storage } from './adapters.ts'

function record(id: string, overrides: Partial<OfferRecord> = {}): OfferRecord {
  return {
    source: 'file',
    repository: { id, fullName: `acme/r${id}`, private: false, defaultBranch: 'main', installationId: 7 },
    offers: [
      {
        package: 'npm:demo',
        mode: 'dispatch',
        workflow: 'ci.yml',
        ref: null,
        timeoutMs: 60_000,
        runsPerMonth: 100,
        arms: 'together',
      },
    ],
    problems: null,
    unread: null,
    seenAt: 1,
    ...overrides,
  }
}

/** What every store of offers must do. */
export function offerStoreContract(adapter: Adapter): void {
  describe(`offer store: ${adapter.name}`, () => {
    let storage: Storage
    let offers: OfferStore
    beforeEach(async () => {
      storage = await adapter.create()
      offers = (await storage.open()).offers
    })
    afterEach(() => storage.dispose())

    it('gives back what was put last, for each way in', async () => {
      expect(await offers.get('2', 'file')).toBeNull()
      await offers.put(record('2'))
      await offers.put(record('2', { problems: 'line 1: broken', offers: [], seenAt: 2 }))
      await offers.put(record('2', { source: 'pull', seenAt: 3 }))
      expect(await offers.get('2', 'file')).toEqual(
        record('2', { problems: 'line 1: broken', offers: [], seenAt: 2 }),
      )
      expect(await offers.get('2', 'pull')).toEqual(record('2', { source: 'pull', seenAt: 3 }))
    })

    it('lists by repository, and forgets one way in without the other', async () => {
      for (const id of ['31', '2']) await offers.put(record(id))
      await offers.put(record('2', { source: 'pull' }))
      const ids = async () => (await offers.list()).map(({ repository, source }) => [repository.id, source])
      expect(await ids()).toEqual([
        ['2', 'file'],
        ['2', 'pull'],
        ['31', 'file'],
      ])
      await offers.remove('2', 'file')
      await offers.remove('404', 'file')
      expect(await ids()).toEqual([
        ['2', 'pull'],
        ['31', 'file'],
      ])
    })

    it('remembers who was met under a name, also for another connection', async () => {
      const met = { name: 'acme/app', repositoryId: '2', metAt: 5 }
      await offers.putName({ ...met, metAt: 3 })
      await offers.putName(met)
      await offers.putName({ ...met, name: 'acme/shop' })
      const other = (await storage.open()).offers
      expect([await other.nameOf('acme/app'), await other.nameOf('acme/none')]).toEqual([met, null])
      expect(await other.names()).toHaveLength(2)
    })

    it('remembers when everybody was last asked, also for another connection', async () => {
      expect(await offers.sweptAt()).toBeNull()
      await offers.noteSweep(5)
      await offers.noteSweep(9)
      expect(await (await storage.open()).offers.sweptAt()).toBe(9)
    })
  })
}
