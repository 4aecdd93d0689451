import type { OverlayNote, OverlayNotes } from '../../ports/upstream.ts'
import { alone, type SharedWork } from './shared-work.ts'
import type { Database } from './sql-schema.ts'

/** Notes about packages of other indexes in SQL, one row each. */
export function createSqlOverlayNotes(db: Database, work: SharedWork = alone): OverlayNotes {
  const read = async (from: Pick<Database, 'selectFrom'>, id: string): Promise<OverlayNote | null> => {
    const row = await from.selectFrom('overlay_notes').select('body').where('id', '=', id).executeTakeFirst()
    return row === undefined ? null : JSON.parse(row.body)
  }
  return {
    get: (id) => read(db, id),
    update: (id, change) =>
      db.transaction().execute(async (transaction) => {
        await work.lock(transaction, `note ${id}`)
        const note = change(await read(transaction, id))
        const body = JSON.stringify(note)
        await transaction
          .insertInto('overlay_notes')
          .values({ id, body })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ body }))
          .execute()
        return note
      }),
    list: async () => {
      const rows = await db.selectFrom('overlay_notes').select('id').execute()
      // Sorted here: the order of text differs between databases and their settings.
      return rows.map((row) => row.id).sort()
    },
  }
}
