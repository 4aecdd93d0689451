import type { Delivery, Inbox } from '../ports/inbox.ts'
import { createGroupCommit } from './group-commit.ts'
import { nextNumbers } from './next-numbers.ts'
import type { Database, Transactional } from './sql-schema.ts'

const pendingState = 0
const doneState = 1
const setAsideState = 2

/**
 * Deliveries in SQL. Those that arrive while a commit is being flushed share the next one: each `put` still
 * resolves only when its own row is durable, and a burst costs one flush for many instead of one each.
 */
export function createSqlInbox(db: Database): Inbox {
  const put = createGroupCommit<Delivery, boolean>(200, (deliveries) =>
    db.transaction().execute((transaction) => putAll(transaction, deliveries)),
  )
  return {
    put,
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
      // The GUID stays, to know a redelivery; the payload has done its work.
      await db
        .transaction()
        .execute((transaction) =>
          transaction
            .updateTable('inbox')
            .set({ state: doneState, done_at: at, payload: '', error: null })
            .where('guid', '=', guid)
            .execute(),
        )
    },
    async failed(guid, error, maxAttempts) {
      await db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('inbox')
          .select(['attempts', 'state'])
          .where('guid', '=', guid)
          .executeTakeFirst()
        if (row === undefined) return
        const attempts = row.attempts + 1
        const spent = attempts >= maxAttempts && row.state === pendingState
        await transaction
          .updateTable('inbox')
          .set({ attempts, error: error.slice(0, 2000), state: spent ? setAsideState : row.state })
          .where('guid', '=', guid)
          .execute()
      })
    },
  }
}

async function putAll(transaction: Transactional, deliveries: readonly Delivery[]): Promise<boolean[]> {
  const first = await nextNumbers(transaction, 'arrival', deliveries.length)
  const fresh: boolean[] = []
  for (const [index, delivery] of deliveries.entries()) {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('inbox')
      .values({
        guid: delivery.guid,
        sequence: first + index,
        event: delivery.event,
        payload: delivery.payload,
        received_at: delivery.receivedAt,
        state: pendingState,
        attempts: 0,
        error: null,
        done_at: null,
      })
      .onConflict((conflict) => conflict.column('guid').doNothing())
      .executeTakeFirst()
    fresh.push(numInsertedOrUpdatedRows === 1n)
  }
  return fresh
}
