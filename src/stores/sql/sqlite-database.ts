import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite, { type Statement } from 'better-sqlite3'
import { Kysely, type SqliteDatabase, SqliteDialect, SqliteDriver, type SqliteStatement } from 'kysely'
import type { Database, Schema } from './sql-schema.ts'

const waitForLockMs = 15_000

/**
 * Opens a SQLite file for the SQL stores; everything that only SQLite understands is in this file.
 *
 * WAL lets readers work beside the one writer. `synchronous = FULL` flushes the log at every commit: a
 * delivery or event that was answered for survives a power cut, not only a crash of the process.
 */
export async function openSqliteDatabase(path: string): Promise<Database> {
  const database = new BetterSqlite(path, { timeout: waitForLockMs })
  // Switching to WAL does not wait for a lock by itself when two processes open a new file at once.
  await untilNotBusy(() => database.pragma('journal_mode = WAL'))
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  return new Kysely<Schema>({ dialect: new ImmediateDialect(database) })
}

/**
 * `begin immediate` takes the write lock first: a transaction that reads before it writes could otherwise
 * find that another process wrote in between, and fail at its first write. All writes are transactions.
 */
class ImmediateDialect extends SqliteDialect {
  readonly #database: BetterSqlite.Database

  constructor(database: BetterSqlite.Database) {
    super({ database: withPrepared(database) })
    this.#database = database
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#database)
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: BetterSqlite.Database

  constructor(database: BetterSqlite.Database) {
    super({ database: withPrepared(database) })
    this.#database = database
  }

  override async beginTransaction(): Promise<void> {
    await untilNotBusy(() => beginWithoutWaiting(this.#database))
  }
}

/**
 * The driver's own waiting stops the thread, and with it the holder of the lock if that is another
 * connection of this process; so it is off for this statement and `untilNotBusy` waits instead.
 */
function beginWithoutWaiting(database: BetterSqlite.Database): void {
  database.pragma('busy_timeout = 0')
  try {
    database.exec('begin immediate')
  } finally {
    database.pragma(`busy_timeout = ${waitForLockMs}`)
  }
}

async function untilNotBusy(act: () => unknown): Promise<void> {
  const deadline = performance.now() + waitForLockMs
  for (;;) {
    try {
      act()
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
      await sleep(1 + Math.random() * 4)
    }
  }
}

function isBusy(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' && code.startsWith('SQLITE_BUSY')
}

/** Kysely prepares every query anew; the few texts there are stay prepared instead (bounded). */
function withPrepared(database: BetterSqlite.Database): SqliteDatabase {
  const statements = new Map<string, Statement>()
  return {
    close: () => {
      database.close()
    },
    prepare: (text: string): SqliteStatement => {
      const known = statements.get(text)
      if (known !== undefined) return known as SqliteStatement
      const statement = database.prepare(text)
      if (statements.size >= 500) statements.clear()
      statements.set(text, statement)
      return statement as SqliteStatement
    },
  }
}
