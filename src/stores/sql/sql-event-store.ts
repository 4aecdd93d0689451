import type {
  AppendBatch,
  AppendOutcome,
  Claim,
  EventStore,
  ReadEvent,
  StoredEvent,
  StreamAppend,
} from '../../ports/event-store.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'
import { checkBatch } from '../check-batch.ts'
import { jsonCopy } from '../memory/json-copy.ts'
import { nextNumbers } from './next-numbers.ts'
import { alone, type SharedWork } from './shared-work.ts'
import type { Database, Transactional } from './sql-schema.ts'

/** Rows per insert: six values each stay far below the parameter limits of both dialects. */
const rowsPerInsert = 1000

/** What a reader of events selects. */
export const eventColumns = ['stream', 'version', 'position', 'hash', 'body'] as const

type Conflict = (AppendOutcome & { ok: false })['conflict']

/** Leaves the transaction, which undoes what it wrote; never leaves this file. */
class AppendConflict extends Error {
  readonly conflict: Conflict

  constructor(conflict: Conflict) {
    super(`${conflict.kind} of ${conflict.name}`)
    this.conflict = conflict
  }
}

/** Events in SQL. The unique (stream, version) stands behind the check in the same transaction. */
export function createSqlEventStore(db: Database, work: SharedWork = alone): EventStore {
  return {
    async append(batch) {
      checkBatch(batch)
      try {
        const events = await db.transaction().execute(async (transaction) => {
          const stored = await appendAll(transaction, batch)
          await work.notify(transaction, 'events')
          return stored
        })
        return { ok: true, events }
      } catch (error) {
        if (error instanceof AppendConflict) return { ok: false, conflict: error.conflict }
        throw error
      }
    },
    async read(stream) {
      const rows = await db
        .selectFrom('events')
        .select(eventColumns)
        .where('stream', '=', stream)
        .orderBy('version')
        .execute()
      return rows.map(readEvent)
    },
    async readAll(afterPosition, limit) {
      const rows = await db
        .selectFrom('events')
        .select(eventColumns)
        .where('position', '>', afterPosition)
        .orderBy('position')
        .limit(limit)
        .execute()
      return rows.map(readEvent)
    },
    async claimedBy(claim) {
      return holderOf(db, claim)
    },
  }
}

async function appendAll(transaction: Transactional, batch: AppendBatch): Promise<readonly StoredEvent[]> {
  const count = batch.streams.reduce((sum, append) => sum + append.events.length, 0)
  // The counter first: its row is the lock that makes the checks below true until the commit.
  const first = await nextNumbers(transaction, 'position', count)
  for (const append of batch.streams) await checkVersion(transaction, append)
  for (const claim of batch.claims) await moveClaim(transaction, claim)
  const stored = batch.streams
    .flatMap(({ stream, expectedVersion, events }) =>
      events.map((event, index) => ({ stream, version: expectedVersion + index, event: jsonCopy(event) })),
    )
    .map((event, index) => ({ ...event, position: first + index }))
  for (let start = 0; start < stored.length; start += rowsPerInsert) {
    const rows = stored.slice(start, start + rowsPerInsert).map(({ event, ...place }) => ({
      ...place,
      at: event.at,
      hash: event.hash,
      leaf: null,
      body: JSON.stringify(event),
    }))
    await transaction.insertInto('events').values(rows).execute()
  }
  await moveStreams(transaction, stored)
  return stored
}

/** The new length of each stream. One that was retired is read at start again: something happened to it. */
async function moveStreams(transaction: Transactional, stored: readonly StoredEvent[]): Promise<void> {
  const last = new Map(stored.map((one) => [one.stream, one]))
  for (const { stream, version, position } of last.values()) {
    const row = { version: version + 1, position, retired: 0 }
    await transaction
      .insertInto('streams')
      .values({ stream, ...row })
      .onConflict((conflict) => conflict.column('stream').doUpdateSet(row))
      .execute()
  }
}

async function checkVersion(transaction: Transactional, append: StreamAppend): Promise<void> {
  const { stream, expectedVersion } = append
  const row = await transaction
    .selectFrom('streams')
    .select('version')
    .where('stream', '=', stream)
    .executeTakeFirst()
  const count = row?.version ?? 0
  if (count !== expectedVersion) throw new AppendConflict({ kind: 'version', name: stream })
}

async function moveClaim(transaction: Transactional, { claim, stream, expected }: Claim): Promise<void> {
  if ((await holderOf(transaction, claim)) !== expected) {
    throw new AppendConflict({ kind: 'claim', name: claim })
  }
  if (stream === null) {
    await transaction.deleteFrom('claims').where('claim', '=', claim).execute()
    return
  }
  await transaction
    .insertInto('claims')
    .values({ claim, stream })
    .onConflict((conflict) => conflict.column('claim').doUpdateSet({ stream }))
    .execute()
}

async function holderOf(db: Database, claim: string): Promise<string | null> {
  const row = await db.selectFrom('claims').select('stream').where('claim', '=', claim).executeTakeFirst()
  return row?.stream ?? null
}

/** A row as an event; one that is none, or not the one its hash column names, is given as damaged. */
export function readEvent(row: Record<(typeof eventColumns)[number], unknown>): ReadEvent {
  const stream = String(row.stream)
  const place = { stream, version: Number(row.version), position: Number(row.position) }
  const event = parsed(row.body)
  if (event === null) return { ...place, event: null, damage: 'it is no JSON object' }
  if (event.hash !== row.hash)
    return { ...place, event: null, damage: 'it does not have the hash it was stored under' }
  return { ...place, event }
}

function parsed(body: unknown): RecordedEvent | null {
  try {
    const value: unknown = JSON.parse(String(body))
    return typeof value === 'object' && value !== null && 'hash' in value ? (value as RecordedEvent) : null
  } catch {
    return null
  }
}
