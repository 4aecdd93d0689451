import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Database } from './sql-schema.ts'

/** Advisories in SQL, one row for each package. */
export function createSqlAdvisoryStore(db: Database): AdvisoryStore {
  return {
    advisoriesOf: async (id) => {
      const row = await db
        .selectFrom('advisories')
        .select('body')
        .where('package', '=', id)
        .executeTakeFirst()
      return row === undefined ? [] : JSON.parse(row.body)
    },
    setAdvisories: async (id, advisories) => {
      const body = JSON.stringify(advisories)
      await db.transaction().execute((transaction) =>
        transaction
          .insertInto('advisories')
          .values({ package: id, body })
          .onConflict((conflict) => conflict.column('package').doUpdateSet({ body }))
          .execute(),
      )
    },
  }
}
