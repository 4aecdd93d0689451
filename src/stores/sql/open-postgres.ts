import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LastingTime } from '../../ports/clock-marks.ts'
import type { Damage, DamageLedger } from '../../ports/damage.ts'
import { createDamageLedger } from '../damage-ledger.ts'
import { createDiskBlobStore } from '../disk/disk-blob-store.ts'
import { createDiskDocumentCache } from '../disk/disk-document-cache.ts'
import { makeFolder } from '../disk/lock-folder.ts'
import type { Stores } from '../stores.ts'
import { systemClock } from '../system-clock.ts'
import { createLease, type Lease } from './lease.ts'
import { type Listening, listenTo } from './listen-to.ts'
import { createSqlClockMarks } from './sql-clock-marks.ts'
import { migrate } from './sql-migrations.ts'
import type { Database, Schema } from './sql-schema.ts'
import { createSqlStores } from './sql-stores.ts'

export interface PostgresOptions {
  readonly url: string
  /** A connection past any pooler, for notices and nothing else; the same as `url` when absent. */
  readonly directUrl?: string | null
  /** On this machine: documents of other indexes, and files where no object store is configured. */
  readonly folder: string
  /** Null: files lie in `folder`, which then has to be shared by all replicas. */
  readonly blobs?: ((ledger: DamageLedger) => Promise<BlobStore>) | null
  readonly clock?: Clock
  readonly sayDamage?: (damage: Damage) => void
}

/** Stores that many processes share. */
export interface SharedStores extends Stores {
  /** Held by one process at a time: who holds it ticks, applies effects and handles deliveries. */
  readonly lease: Lease
  readonly notices: Listening
}

/** Written with each commit and each changed package, heard by every replica. */
const channel = 'slipway'

/**
 * All stores in PostgreSQL, for as many processes as one likes. Everything that only PostgreSQL understands is in
 * this file, in `lease.ts` and in `listen-to.ts`. Statements carry no names, so that poolers in transaction mode
 * may stand in between; only notices need a connection of their own.
 */
export async function openPostgres(options: PostgresOptions): Promise<SharedStores> {
  const clock = options.clock ?? systemClock
  await makeFolder(options.folder)
  const pool = new pg.Pool({
    connectionString: options.url,
    max: 8,
    connectionTimeoutMillis: 5000,
    query_timeout: 15_000,
    types: { getTypeParser: numbersFor },
  })
  // A connection that breaks while nobody uses it is replaced with the next query.
  pool.on('error', () => {})
  // Also where it breaks in the middle of a transaction: its next query says so.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  const damage = createDamageLedger(options.sayDamage)
  try {
    await migrate(db, postgresSchema)
    const blobs =
      options.blobs == null
        ? await createDiskBlobStore(join(options.folder, 'blobs'), {
            damaged: (found) => damage.note(found),
            mended: (sha256) => damage.mend('blob', sha256),
          })
        : await options.blobs(damage)
    const lease = createLease(db, { name: 'work', holder: randomUUID() })
    const notices = listenTo(options.directUrl ?? options.url, channel)
    const notify = async (transaction: Database, what: string) => {
      await sql`select pg_notify(${channel}, ${what})`.execute(transaction)
    }
    const lock = async (transaction: Database, word: string) => {
      await sql`select pg_advisory_xact_lock(hashtext(${word}))`.execute(transaction)
    }
    const stores = createSqlStores(db, clock, {
      notify,
      lock,
      fence: (transaction) => lease.check(transaction),
    })
    return {
      ...stores,
      marks: createSqlClockMarks(db, () => databaseTime(db)),
      damage,
      blobs,
      documents: createDiskDocumentCache(join(options.folder, 'upstream')),
      lease,
      notices,
      close: async () => {
        await lease.release().catch(() => {})
        await notices.close()
        await db.destroy()
      },
    }
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** The clock of the database's machine: of all replicas the same, and another than theirs. */
async function databaseTime(db: Database): Promise<LastingTime> {
  const { rows } = await sql<{ ms: number }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms
  `.execute(db)
  return { clock: 'database', ms: rows[0]?.ms ?? 0 }
}

/** 64-bit integers as numbers: positions and milliseconds stay far below 2^53. */
function numbersFor(oid: number, format?: 'text' | 'binary') {
  return oid === 20 ? Number : pg.types.getTypeParser(oid, format as 'text')
}

const postgresSchema = {
  /** One process at a time brings the schema up to date. */
  async before(transaction: Database): Promise<void> {
    await sql`select pg_advisory_xact_lock(1936488553)`.execute(transaction)
  },
  /** Text is compared by its bytes, as SQLite does and as ranges over keys need. */
  async after(transaction: Database): Promise<void> {
    const columns = await sql<{ table_name: string; column_name: string }>`
      select table_name, column_name from information_schema.columns
      where table_schema = current_schema() and data_type = 'text' and coalesce(collation_name, '') <> 'C'
    `.execute(transaction)
    for (const { table_name, column_name } of columns.rows) {
      await sql`alter table ${sql.table(table_name)} alter column ${sql.ref(column_name)} type text collate "C"`.execute(
        transaction,
      )
    }
  },
}
