import type { AccessStore, PublisherRecord, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { WordStore } from '../../ports/word-store.ts'
import { rememberExpiredMs } from '../forgets-token.ts'
import type { Database, Schema, Transactional } from './sql-schema.ts'

/** Tokens, owners, publishers and used words in SQL. */
export function createSqlAccessStore(db: Database, clock: Clock): AccessStore {
  return { ...tokensIn(db, clock), ...usedWords(db, clock), ...ownersAndPublishers(db) }
}

type Tokens = 'addToken' | 'findToken' | 'listTokens' | 'revokeToken' | 'touchToken'

function tokensIn(db: Database, clock: Clock): Pick<AccessStore, Tokens> {
  return {
    async addToken(token) {
      await db.transaction().execute(async (transaction) => {
        await forgetExpired(transaction, clock.now())
        const inserted = await transaction
          .insertInto('tokens')
          .values({
            id: token.id,
            name: token.name,
            owner: token.owner,
            secret_sha256: token.secretSha256,
            scopes: JSON.stringify(token.scopes),
            packages: JSON.stringify(token.packages),
            created_at: token.createdAt,
            expires_at: token.expiresAt,
            last_used_at: token.lastUsedAt,
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
    async listTokens() {
      const rows = await db
        .selectFrom('tokens')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(tokenFrom)
    },
    async revokeToken(id) {
      return db.transaction().execute(async (transaction) => {
        const row = await transaction
          .deleteFrom('tokens')
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
        return row === undefined ? null : tokenFrom(row)
      })
    },
    async touchToken(id, usedAt) {
      await db.transaction().execute((transaction) =>
        transaction
          .updateTable('tokens')
          .set({ last_used_at: usedAt })
          .where('id', '=', id)
          .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', usedAt)]))
          .execute(),
      )
    },
  }
}

/** The rule of `forgetsToken`, in arithmetic that every database has. */
async function forgetExpired(transaction: Transactional, now: number): Promise<void> {
  await transaction
    .deleteFrom('tokens')
    .where((where) =>
      where.or([
        where('expires_at', '<=', now - rememberExpiredMs),
        where(
          where('expires_at', '+', where.ref('expires_at')),
          '<=',
          where(where.lit(now), '+', where.ref('created_at')),
        ),
      ]),
    )
    .execute()
}

function usedWords(db: Database, clock: Clock): WordStore {
  /** The value that stands under a word, which is `value` where nothing did. */
  async function remember(transaction: Transactional, word: string, value: string, expiresAt: number) {
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
    return row.value
  }
  return {
    useOnce: (word, value, expiresAt) =>
      db
        .transaction()
        .execute(async (transaction) => (await remember(transaction, word, value, expiresAt)) === value),
    firstTold: (word, expiresAt) =>
      db.transaction().execute(async (transaction) => {
        const first = await remember(transaction, word, String(clock.now()), expiresAt)
        await transaction
          .updateTable('used_words')
          .set({ expires_at: expiresAt })
          .where('word', '=', word)
          .execute()
        return Number(first)
      }),
  }
}

function ownersAndPublishers(db: Database): Omit<AccessStore, Tokens | keyof WordStore> {
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
    name: row.name,
    owner: row.owner,
    secretSha256: row.secret_sha256,
    scopes: JSON.parse(row.scopes),
    packages: JSON.parse(row.packages),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
}
