import type { MetName, OfferRecord, OfferStore } from '../../ports/offer-store.ts'
import { compareOffers } from '../offer-order.ts'
import type { Database, Schema } from './sql-schema.ts'

/** Under this name the table of counters holds when every repository was last asked. */
const sweepName = 'offers-swept'

/** Offers in SQL, one row for each repository and way in. */
export function createSqlOfferStore(db: Database): OfferStore {
  const keyOf = (repositoryId: string, source: OfferRecord['source']) => `${source}/${repositoryId}`
  const read = (row: { body: string }): OfferRecord => JSON.parse(row.body)
  const metName = (row: Schema['repository_names']): MetName => ({
    name: row.name,
    repositoryId: row.repository_id,
    metAt: row.met_at,
  })
  return {
    async get(repositoryId, source) {
      const row = await db
        .selectFrom('canary_offers')
        .select('body')
        .where('key', '=', keyOf(repositoryId, source))
        .executeTakeFirst()
      return row === undefined ? null : read(row)
    },
    async put(record) {
      const body = JSON.stringify(record)
      await db
        .insertInto('canary_offers')
        .values({ key: keyOf(record.repository.id, record.source), body })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ body }))
        .execute()
    },
    async remove(repositoryId, source) {
      await db.deleteFrom('canary_offers').where('key', '=', keyOf(repositoryId, source)).execute()
    },
    async list() {
      const rows = await db.selectFrom('canary_offers').select('body').execute()
      return rows.map(read).sort(compareOffers)
    },
    async sweptAt() {
      const row = await db
        .selectFrom('counters')
        .select('value')
        .where('name', '=', sweepName)
        .executeTakeFirst()
      return row?.value ?? null
    },
    async noteSweep(at) {
      await db
        .insertInto('counters')
        .values({ name: sweepName, value: at })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: at }))
        .execute()
    },
    async nameOf(name) {
      const row = await db
        .selectFrom('repository_names')
        .selectAll()
        .where('name', '=', name)
        .executeTakeFirst()
      return row === undefined ? null : metName(row)
    },
    async putName({ name, repositoryId, metAt }) {
      const met = { repository_id: repositoryId, met_at: metAt }
      await db
        .insertInto('repository_names')
        .values({ name, ...met })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(met))
        .execute()
    },
    async names() {
      return (await db.selectFrom('repository_names').selectAll().execute()).map(metName)
    },
  }
}
