import type { PackageStore } from '../ports/package-store.ts'
import { checkRevision } from './check-revision.ts'
import type { Database } from './sql-schema.ts'

/** Hosted packages in SQL, one row each. */
export function createSqlPackageStore(db: Database): PackageStore {
  return {
    async get(id) {
      const row = await db.selectFrom('packages').select('body').where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : JSON.parse(row.body)
    },
    async put(record, expectedRevision) {
      checkRevision(record, expectedRevision)
      const { id, revision } = record
      const body = JSON.stringify(record)
      return db.transaction().execute(async (transaction) => {
        if (expectedRevision === 0) {
          const ecosystem = id.slice(0, id.indexOf(':'))
          const inserted = await transaction
            .insertInto('packages')
            .values({ id, ecosystem, revision, body })
            .onConflict((conflict) => conflict.column('id').doNothing())
            .executeTakeFirst()
          return inserted.numInsertedOrUpdatedRows === 1n
        }
        const updated = await transaction
          .updateTable('packages')
          .set({ revision, body })
          .where('id', '=', id)
          .where('revision', '=', expectedRevision)
          .executeTakeFirst()
        return updated.numUpdatedRows === 1n
      })
    },
    async list(ecosystem) {
      const rows = await db.selectFrom('packages').select('id').where('ecosystem', '=', ecosystem).execute()
      // Sorted here: the order of text differs between databases and their settings.
      return rows.map((row) => row.id).sort()
    },
  }
}
