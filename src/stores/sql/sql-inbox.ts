import type { Delivery, Inbox } from '../../ports/inbox.ts'
import { createGroupCommit } from './group-commit.ts'
import { nextNumbers } from './next-numbers.ts'
import { alone, type SharedWork } from './shared-work.ts'
import type { Database, Transactional } from './sql-schema.ts'

const pendingState = 0
const doneState = 1
const setAsideState = 2

/** One thing to write down: a delivery that came, or one that was handled. */
type Write =
  | { readonly kind: 'put'; readonly delivery: Delivery }
  | { readonly kind: 'done'; readonly guid: string; readonly at: number }

/**
 * Deliveries in SQL. Whatever is written while a commit is being flushed shares the next one: each promise
 * still resolves only when its own row is durable, and a burst costs one flush for many instead of one each.
 */
export function createSqlInbox(db: Database, work: SharedWork = alone): Inbox {
  const write = createGroupCommit<Write, boolean>(200, (writes) =>
    db.transaction().execute(async (transaction) => {
      const written = await writeAll(transaction, writes)
      if (writes.some(({ kind }) => kind === 'put')) await work.notify(transaction, 'inbox')
      return written
    }),
  )
  return {
    put: (delivery) => write({ kind: 'put', delivery }),
    async pending(limit) {
      const rows = await db
        .selectFrom('inbox')
        .select(['guid', 'event', 'payload', 'received_at'])
        .where('state', '=', pendingState)
        .orderBy('sequence')
        .limit(limit)
        .execute()
      return rows.map(({ received_at, ...rest }) => ({ ...rest, receivedAt: received_at }))
    },
    async done(guid, at) {
      await write({ kind: 'done', guid, at })
    },
    async failed(guid, error, last) {
      await db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('inbox')
          .select(['attempts', 'state'])
          .where('guid', '=', guid)
          .executeTakeFirst()
        if (row === undefined) return
        const attempts = row.attempts + 1
        const spent = last && row.state === pendingState
        await transaction
          .updateTable('inbox')
          .set({ attempts, error: error.slice(0, 2000), state: spent ? setAsideState : row.state })
          .where('guid', '=', guid)
          .execute()
      })
    },
    async has(guid) {
      const row = await db.selectFrom('inbox').select('guid').where('guid', '=', guid).executeTakeFirst()
      return row !== undefined
    },
  }
}

/** True for each delivery that was not known, and for what was handled. */
async function writeAll(transaction: Transactional, writes: readonly Write[]): Promise<boolean[]> {
  const deliveries = writes.flatMap((write) => (write.kind === 'put' ? [write.delivery] : []))
  const fresh = deliveries.length === 0 ? new Set<string>() : await putAll(transaction, deliveries)
  const handled = writes.flatMap((write) => (write.kind === 'done' ? [write] : []))
  if (handled.length > 0) await markDone(transaction, handled)
  // A GUID that came twice in one burst is new once.
  return writes.map((write) => write.kind === 'done' || fresh.delete(write.delivery.guid))
}

/** The GUIDs that were not known before. */
async function putAll(transaction: Transactional, deliveries: readonly Delivery[]): Promise<Set<string>> {
  const first = await nextNumbers(transaction, 'arrival', deliveries.length)
  const rows = deliveries.map((delivery, index) => ({
    guid: delivery.guid,
    sequence: first + index,
    event: delivery.event,
    payload: delivery.payload,
    received_at: delivery.receivedAt,
    state: pendingState,
    attempts: 0,
    error: null,
    done_at: null,
  }))
  const inserted = await transaction
    .insertInto('inbox')
    .values(rows)
    .onConflict((conflict) => conflict.column('guid').doNothing())
    .returning('guid')
    .execute()
  return new Set(inserted.map(({ guid }) => guid))
}

/** The GUID stays, to know a redelivery; the payload has done its work. */
async function markDone(
  transaction: Transactional,
  handled: readonly { readonly guid: string; readonly at: number }[],
): Promise<void> {
  await transaction
    .updateTable('inbox')
    .set({ state: doneState, done_at: Math.max(...handled.map(({ at }) => at)), payload: '', error: null })
    .where(
      'guid',
      'in',
      handled.map(({ guid }) => guid),
    )
    .execute()
}
