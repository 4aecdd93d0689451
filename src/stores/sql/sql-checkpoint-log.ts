import type { CheckpointLog, StoredCheckpoint, UnnumberedEvent } from '../../ports/checkpoint-log.ts'
import type { Database, Schema, Transactional } from './sql-schema.ts'

/** The tree of the log in SQL: the number of each event stands beside it. */
export function createSqlCheckpointLog(db: Database): CheckpointLog {
  const heads = () => db.selectFrom('checkpoints').selectAll()
  return {
    async newest() {
      const row = await heads().orderBy('size', 'desc').limit(1).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },
    async after(size, limit) {
      return (await heads().where('size', '>', size).orderBy('size').limit(limit).execute()).map(fromRow)
    },
    async unnumbered(limit) {
      return db
        .selectFrom('events')
        .select(['position', 'hash'])
        .where('leaf', 'is', null)
        .orderBy('position')
        .limit(limit)
        .execute()
    },
    add: (first, events, checkpoint) =>
      db.transaction().execute((transaction) => addAll(transaction, first, events, checkpoint)),
    async leaves(from, limit) {
      const rows = await db
        .selectFrom('events')
        .select(['leaf', 'position', 'stream', 'hash'])
        .where('leaf', '>=', from)
        .orderBy('leaf')
        .limit(limit)
        .execute()
      return rows.map(({ leaf, ...row }) => ({ ...row, leaf: leaf ?? 0 }))
    },
    async cut(size) {
      await db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('checkpoints').where('size', '>', size).execute()
        await transaction.updateTable('events').set({ leaf: null }).where('leaf', '>=', size).execute()
      })
    },
    async word(name, make) {
      await db.transaction().execute((transaction) =>
        transaction
          .insertInto('words')
          .values({ name, value: make() })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .execute(),
      )
      const row = await db
        .selectFrom('words')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return row.value
    },
    async forgetWord(name) {
      await db.deleteFrom('words').where('name', '=', name).execute()
    },
  }
}

async function addAll(
  transaction: Transactional,
  first: number,
  events: readonly UnnumberedEvent[],
  { size, at, note, frontier }: StoredCheckpoint,
): Promise<boolean> {
  const known = await transaction
    .selectFrom('checkpoints')
    .select((expression) => expression.fn.max('size').as('size'))
    .executeTakeFirst()
  if (Number(known?.size ?? 0) !== first) return false
  for (const [index, { position }] of events.entries()) {
    const leaf = first + index
    await transaction.updateTable('events').set({ leaf }).where('position', '=', position).execute()
  }
  const inserted = await transaction
    .insertInto('checkpoints')
    .values({ size, at, note, frontier: JSON.stringify(frontier) })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

function fromRow({ frontier, ...row }: Schema['checkpoints']): StoredCheckpoint {
  return { ...row, frontier: JSON.parse(frontier) }
}
