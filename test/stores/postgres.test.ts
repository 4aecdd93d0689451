import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LeaseLost } from '../../src/stores/sql/lease.ts'
import { openPostgres, type SharedStores } from '../../src/stores/sql/open-postgres.ts'
import { accessStoreContract } from './access-store-contract.ts'
import { type Adapter, stoppedClock } from './adapters.ts'
import { advisoryStoreContract } from './advisory-store-contract.ts'
import { clockMarksContract } from './clock-marks-contract.ts'
import { effectLogContract } from './effect-log-contract.ts'
import { eventStoreContract } from './event-store-contract.ts'
import { inboxContract } from './inbox-contract.ts'
import { offerStoreContract } from './offer-store-contract.ts'
import { overlayContract } from './overlay-contract.ts'
import { packageStoreContract } from './package-store-contract.ts'
import { hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { event } from './recorded-event.ts'

if (!hasPostgres()) console.log('left out: these tests need PostgreSQL (scripts/install-tools.sh postgresql)')

let server: PostgresServer

/** Opens with the lease taken where the contract writes effects: there only its holder may. */
const adapter: Adapter = {
  name: 'PostgreSQL',
  async create() {
    const clock = stoppedClock()
    const folder = await mkdtemp(join(tmpdir(), 'slipway-pg-stores-'))
    const url = await server.schema()
    const opened: SharedStores[] = []
    return {
      clock,
      folder,
      async open() {
        const stores = await openPostgres({ url, folder, clock })
        if (opened.length === 0) await stores.lease.take()
        opened.push(stores)
        return stores
      },
      async dispose() {
        for (const stores of opened) await stores.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
}

describe.skipIf(!hasPostgres())('on a real PostgreSQL', () => {
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  eventStoreContract(adapter)
  inboxContract(adapter)
  effectLogContract(adapter)
  packageStoreContract(adapter)
  accessStoreContract(adapter)
  advisoryStoreContract(adapter)
  offerStoreContract(adapter)
  overlayContract(adapter)
  clockMarksContract(adapter)

  const two = async () => {
    const storage = await adapter.create()
    const [one, other] = [(await storage.open()) as SharedStores, (await storage.open()) as SharedStores]
    return { storage, one, other }
  }

  it('gives the lease to one, and fences what a former holder still writes', async () => {
    const { storage, one, other } = await two()
    const effect = (key: string) => ({ key, digest: 'x', place: {}, at: 1 })
    expect([one.lease.held(), await other.lease.take()]).toEqual([true, false])
    await one.effects.put(effect('ro-a/issue'))
    // As after a stopped process or clock: it still believes, and its lease went to another.
    await one.lease.release()
    expect(await other.lease.take()).toBe(true)
    await expect(one.effects.put(effect('ro-b/issue'))).rejects.toThrow(LeaseLost)
    await other.effects.put(effect('ro-c/issue'))
    expect((await one.effects.list('ro-')).map(({ key }) => key)).toEqual(['ro-a/issue', 'ro-c/issue'])
    await storage.dispose()
  })

  it('tells others of an append, a delivery and a package, with the commit', async () => {
    const { storage, one, other } = await two()
    const heard: string[] = []
    other.notices.onNotice((what) => heard.push(what))
    await expect
      .poll(async () => {
        await one.inbox.put({
          guid: `g${heard.length}${Math.random()}`,
          event: 'e',
          payload: '{}',
          receivedAt: 1,
        })
        return heard.includes('inbox')
      })
      .toBe(true)
    await one.events.append({
      streams: [{ stream: 'ro-a', expectedVersion: 0, events: [event('x')] }],
      claims: [],
    })
    await one.packages.put(
      { id: 'npm:a', versions: {}, tags: {}, extra: {}, createdAt: 1, modifiedAt: 1, revision: 1 },
      0,
    )
    await expect.poll(() => heard).toEqual(expect.arrayContaining(['events', 'package npm:a']))
    await storage.dispose()
  })

  it('shows readers every position: none comes late, whoever writes', async () => {
    const { storage, one, other } = await two()
    let last = 0
    let seen = 0
    let writing = true
    const reading = (async () => {
      while (writing || seen < 120) {
        const page = await other.events.readAll(last, 50)
        for (const { position } of page) {
          expect(position).toBe(last + 1)
          last = position
          seen += 1
        }
      }
    })()
    const write = async (stores: SharedStores, name: string) => {
      for (let version = 0; version < 15; version += 1) {
        await stores.events.append({
          streams: [{ stream: `ro-${name}`, expectedVersion: version, events: [event('x')] }],
          claims: [],
        })
      }
    }
    await Promise.all(
      ['a', 'b', 'c', 'd'].flatMap((name) => [write(one, `${name}1`), write(other, `${name}2`)]),
    )
    writing = false
    await reading
    expect(seen).toBe(120)
    await storage.dispose()
  })

  it('comes back by itself when the server was away', async () => {
    const { storage, one } = await two()
    server.kill()
    await expect(one.packages.list('npm')).rejects.toThrow()
    server.start()
    await expect.poll(() => one.packages.list('npm').catch(() => null), { timeout: 10_000 }).toEqual([])
    await storage.dispose()
  })
})
