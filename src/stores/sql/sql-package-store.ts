import type { PackageRecord, PackageStore } from '../../ports/package-store.ts'
import type { PackageId } from '../../versions/release.ts'
import { checkRevision } from '../check-revision.ts'
import { alone, type SharedWork } from './shared-work.ts'
import type { Database } from './sql-schema.ts'

/** Packages whose last reading is remembered; what is forgotten is only parsed again. */
const rememberedPackages = 10_000

/**
 * Hosted packages in SQL, one row each. A record that somebody still holds is handed out again while its
 * revision stands: parsing the largest takes a tenth of a second, and publishing looks several times.
 */
export function createSqlPackageStore(db: Database, work: SharedWork = alone): PackageStore {
  const readings = new Map<PackageId, WeakRef<PackageRecord>>()
  const stillCurrent = async (id: PackageId): Promise<PackageRecord | null> => {
    const known = readings.get(id)?.deref()
    if (known === undefined) return null
    const row = await db.selectFrom('packages').select('revision').where('id', '=', id).executeTakeFirst()
    return row?.revision === known.revision ? known : null
  }
  const remember = (record: PackageRecord): void => {
    if (readings.size >= rememberedPackages) readings.clear()
    readings.set(record.id, new WeakRef(record))
  }
  return {
    async get(id) {
      const known = await stillCurrent(id)
      if (known !== null) return known
      const row = await db.selectFrom('packages').select('body').where('id', '=', id).executeTakeFirst()
      if (row === undefined) return null
      const record: PackageRecord = JSON.parse(row.body)
      remember(record)
      return record
    },
    async put(record, expectedRevision) {
      checkRevision(record, expectedRevision)
      const { id, revision } = record
      const body = JSON.stringify(record)
      const isStored = await db.transaction().execute(async (transaction) => {
        await work.notify(transaction, `package ${id}`)
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
      if (isStored) remember(record)
      return isStored
    },
    async list(ecosystem) {
      const rows = await db.selectFrom('packages').select('id').where('ecosystem', '=', ecosystem).execute()
      // Sorted here: the order of text differs between databases and their settings.
      return rows.map((row) => row.id).sort()
    },
  }
}
