import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqlite } from '../../../src/stores/sql/open-sqlite.ts'
import { openSqliteDatabase } from '../../../src/stores/sql/sqlite-database.ts'
import { type Storage, sqliteAdapter } from '../adapters.ts'
import { event } from '../recorded-event.ts'

const child = fileURLToPath(new URL('./append-child.ts', import.meta.url))

let storage: Storage
let folder: string
beforeEach(async () => {
  storage = await sqliteAdapter.create()
  folder = storage.folder ?? ''
})
afterEach(() => storage.dispose())

function start(name: string, pairs: number): ChildProcess & { printed: () => number } {
  const process_ = spawn(process.execPath, [child, folder, name, String(pairs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  process_.stdout?.on('data', (chunk) => {
    output += String(chunk)
  })
  return Object.assign(process_, { printed: () => output.split('\n').length - 1 })
}

it('two processes write the same stream: nothing is lost, doubled or torn apart', async () => {
  const writers = ['left', 'right'].map((name) => start(name, 40))
  const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]))
  expect(codes).toEqual([0, 0])
  const stores = await storage.open()
  const shared = await stores.events.read('ro-shared')
  expect(shared).toHaveLength(160)
  for (let index = 0; index < 160; index += 2) {
    expect(shared[index]?.event?.reason).toBe(shared[index + 1]?.event?.reason)
  }
  expect(await stores.inbox.pending(1000)).toHaveLength(80)
})

it('a writer killed at any moment leaves whole appends, and everything it had been answered for', async () => {
  for (let round = 0; round < 4; round += 1) {
    const name = `round${round}`
    const writer = start(name, 100_000)
    while (writer.printed() < 3 + round * 5) await new Promise((resolve) => setTimeout(resolve, 2))
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    const stores = await openSqlite(folder)
    const own = await stores.events.read(`ro-${name}`)
    const shared = (await stores.events.read('ro-shared')).filter((one) => one.event?.reason === name)
    const deliveries = (await stores.inbox.pending(100_000)).filter((one) => one.guid.startsWith(`${name}-`))
    expect(shared).toHaveLength(own.length * 2)
    expect(own.length).toBeGreaterThanOrEqual(writer.printed())
    expect(deliveries.length).toBeGreaterThanOrEqual(writer.printed())
    await stores.close()
  }
})

it('opening at the same time from two sides makes one schema', async () => {
  const [first, second] = await Promise.all([storage.open(), storage.open()])
  const batch = { streams: [{ stream: 'ro-a', expectedVersion: 0, events: [event('x')] }], claims: [] }
  expect((await first.events.append(batch)).ok).toBe(true)
  expect((await second.events.append(batch)).ok).toBe(false)
})

it('refuses a database written by a newer program, and names both versions', async () => {
  await (await storage.open()).close()
  const database = new BetterSqlite(join(folder, 'slipway.sqlite'))
  database.exec('insert into schema_versions (version) values (99)')
  database.close()
  await expect(openSqlite(folder)).rejects.toThrow(
    'storage: got schema version 99, expected at most 10; use a newer Slipway',
  )
})

it('refuses a database written by the first edition in one sentence', async () => {
  await (await storage.open()).close()
  const database = new BetterSqlite(join(folder, 'slipway.sqlite'))
  database.exec('delete from schema_versions; insert into schema_versions (version) values (1), (4)')
  database.close()
  await expect(openSqlite(folder)).rejects.toThrow(
    'storage: it was written by the first edition of Slipway (schema version 4)',
  )
})

it('flushes every commit to the disk and enforces references', async () => {
  const stores = await storage.open()
  await stores.inbox.put({ guid: 'g', event: 'e', payload: '{}', receivedAt: 1 })
  const database = new BetterSqlite(join(folder, 'slipway.sqlite'))
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
  database.close()
  const opened = await openSqliteDatabase(join(folder, 'other.sqlite'))
  const read = async (name: string) => (await sql.raw(`pragma ${name}`).execute(opened)).rows[0]
  expect(await read('synchronous')).toEqual({ synchronous: 2 })
  expect(await read('foreign_keys')).toEqual({ foreign_keys: 1 })
  await opened.destroy()
})

it('a half-written blob is no blob, and an old leftover is cleared away', async () => {
  const tmp = join(folder, 'blobs', 'tmp')
  await mkdir(tmp, { recursive: true })
  const name = 'a'.repeat(64)
  await writeFile(join(tmp, `${name}.draft`), 'half')
  await utimes(join(tmp, `${name}.draft`), 1, 1)
  await writeFile(join(tmp, `${name}.young`), 'half')
  const stores = await storage.open()
  expect(await stores.blobs.get(name)).toBeNull()
  expect(await readdir(tmp)).toEqual([`${name}.young`])
})
