import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import { openSqlite } from '../../src/stores/sql/open-sqlite.ts'
import type { Stores } from '../../src/stores/stores.ts'

/** A clock that stands still until told otherwise. */
export function stoppedClock(start = 1_000_000): { now: () => number; set: (at: number) => void } {
  let at = start
  return {
    now: () => at,
    set: (next) => {
      at = next
    },
  }
}

/** One storage under test: `open` gives another connection to the same storage every time. */
export interface Storage {
  readonly clock: ReturnType<typeof stoppedClock>
  open(): Promise<Stores>
  /** Where it lives on disk, or null. */
  readonly folder: string | null
  dispose(): Promise<void>
}

export interface Adapter {
  readonly name: string
  create(): Promise<Storage>
}

export const memoryAdapter: Adapter = {
  name: 'memory',
  async create() {
    const clock = stoppedClock()
    const stores = openMemory(clock)
    return { clock, folder: null, open: async () => stores, dispose: async () => {} }
  },
}

export const sqliteAdapter: Adapter = {
  name: 'SQLite and disk',
  async create() {
    const clock = stoppedClock()
    const folder = await mkdtemp(join(tmpdir(), 'slipway-stores-'))
    const opened: Stores[] = []
    return {
      clock,
      folder,
      async open() {
        const stores = await openSqlite(folder, clock)
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

export const adapters = [memoryAdapter, sqliteAdapter]
