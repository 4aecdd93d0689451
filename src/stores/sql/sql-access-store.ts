import type { AccessStore, PublisherRecord, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Database, Schema } from './sql-schema.ts'

/** Tokens, owners, publishers and used words in SQL. */
export function createSqlAccessStore(db: Database, clock: Clock): AccessStore {
  return { ...tokensAndWords(db, clock), ...ownersAndPublishers(db) }
}

function tokensAndWords(db: Database, clock: Clock): Pick<AccessStore, 'addToken' | 'findToken' | 'useOnce'> {
  return {
    async addToken(token) {
      await db.transaction().execute(async (transaction) => {
        const inserted = await transaction
          .insertInto('tokens')
          .values({
            id: token.id,
            secret_sha256: token.secretSha256,
            scopes: JSON.stringify(token.scopes),
            packages: JSON.stringify(token.packages),
            created_at: token.createdAt,
            expires_at: token.expiresAt,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        if (inserted.numInsertedOrUpdatedRows !== 1n) throw new Error(`token ${token.id} exists already`)
      })
    },
    async findToken(secretSha256) {
      const row = await db
        .selectFrom('tokens')
        .selectAll()
        .where('secret_sha256', '=', secretSha256)
        .executeTakeFirst()
      return row === undefined ? null : tokenFrom(row)
    },
    async useOnce(word, value, expiresAt) {
      return db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('used_words').where('expires_at', '<=', clock.now()).execute()
        await transaction
          .insertInto('used_words')
          .values({ word, value, expires_at: expiresAt })
          .onConflict((conflict) => conflict.column('word').doNothing())
          .execute()
        const row = await transaction
          .selectFrom('used_words')
          .select('value')
          .where('word', '=', word)
          .executeTakeFirstOrThrow()
        return row.value === value
      })
    },
  }
}

function ownersAndPublishers(db: Database): Omit<AccessStore, 'addToken' | 'findToken' | 'useOnce'> {
  const owners = () =>
    db.selectFrom('owners').select(['package', 'repository_id as repositoryId', 'repository'])
  return {
    async setOwner(owner) {
      const row = { repository_id: owner.repositoryId, repository: owner.repository }
      await db.transaction().execute((transaction) =>
        transaction
          .insertInto('owners')
          .values({ package: owner.package, ...row })
          .onConflict((conflict) => conflict.column('package').doUpdateSet(row))
          .execute(),
      )
    },
    async ownerOf(id) {
      return (await owners().where('package', '=', id).executeTakeFirst()) ?? null
    },
    async packagesOwnedBy(repositoryId) {
      return owners().where('repository_id', '=', repositoryId).orderBy('package').execute()
    },
    async setPublishers(id, publishers) {
      const rows = publishers.map((publisher, place) => ({
        package: id,
        place,
        body: JSON.stringify(publisher),
      }))
      await db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('publishers').where('package', '=', id).execute()
        if (rows.length > 0) await transaction.insertInto('publishers').values(rows).execute()
      })
    },
    async publishersOf(id) {
      const rows = await db
        .selectFrom('publishers')
        .select('body')
        .where('package', '=', id)
        .orderBy('place')
        .execute()
      return rows.map((row) => JSON.parse(row.body))
    },
    async publishersFrom(repositoryId) {
      // A few rows for each package: filtered here, because JSON functions differ between databases.
      const rows = await db.selectFrom('publishers').select(['package', 'place', 'body']).execute()
      const byPlace = rows.sort((a, b) =>
        a.package === b.package ? a.place - b.place : a.package < b.package ? -1 : 1,
      )
      const records: PublisherRecord[] = byPlace.map((row) => JSON.parse(row.body))
      return records.filter((record) => record.repositoryId === repositoryId)
    },
  }
}

function tokenFrom(row: Schema['tokens']): TokenRecord {
  return {
    id: row.id,
    secretSha256: row.secret_sha256,
    scopes: JSON.parse(row.scopes),
    packages: JSON.parse(row.packages),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
