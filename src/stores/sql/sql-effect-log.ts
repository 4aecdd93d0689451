import type { AppliedEffect, EffectLog } from '../../ports/effect-log.ts'
import { alone, type SharedWork } from './shared-work.ts'
import type { Database } from './sql-schema.ts'

/** Applied effects in SQL, with the fields of their places in a table of their own for finding. */
export function createSqlEffectLog(db: Database, work: SharedWork = alone): EffectLog {
  const rows = () => db.selectFrom('applied_effects').selectAll('applied_effects').orderBy('key')
  return {
    async get(key) {
      const row = await rows().where('key', '=', key).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },
    async put({ key, digest, place, at }) {
      const fields = Object.entries(place).map(([field, value]) => ({
        key,
        field,
        value: JSON.stringify(value),
      }))
      const row = { digest, place: JSON.stringify(place), at }
      await db.transaction().execute(async (transaction) => {
        await work.fence(transaction)
        await transaction
          .insertInto('applied_effects')
          .values({ key, ...row })
          .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
          .execute()
        await transaction.deleteFrom('effect_places').where('key', '=', key).execute()
        if (fields.length > 0) await transaction.insertInto('effect_places').values(fields).execute()
      })
    },
    async list(prefix) {
      // A range, not a pattern: ids and paths may hold `%` and `_`, and a range uses the index everywhere.
      const found = await rows().where('key', '>=', prefix).where('key', '<', `${prefix}\u{10ffff}`).execute()
      return found.map(fromRow)
    },
    async findByPlace(place) {
      const wanted = Object.entries(place)
      if (wanted.length === 0) return []
      let query = rows()
      for (const [field, value] of wanted) {
        query = query.where((expression) =>
          expression(
            'key',
            'in',
            expression
              .selectFrom('effect_places')
              .select('effect_places.key')
              .where('field', '=', field)
              .where('value', '=', JSON.stringify(value)),
          ),
        )
      }
      return (await query.execute()).map(fromRow)
    },
  }
}

function fromRow(row: { key: string; digest: string; place: string; at: number }): AppliedEffect {
  return { ...row, place: JSON.parse(row.place) }
}
