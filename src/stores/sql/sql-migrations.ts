import type { Database, Transactional } from './sql-schema.ts'

interface Migration {
  readonly version: number
  up(transaction: Transactional): Promise<void>
}

/**
 * The schema's history. A migration that was released is never edited; a change is a new one. Numbers up to 9
 * were the first edition's, whose data means something else and is refused.
 */
const migrations: readonly Migration[] = [{ version: 10, up: firstTables }]

/** What a database needs beside the tables. */
export interface AroundMigration {
  before?(transaction: Transactional): Promise<void>
  /** Only when something was changed. */
  after?(transaction: Transactional): Promise<void>
}

/**
 * Brings the schema to this program's version in one transaction, so that a crash leaves the old schema or
 * the new one. (Kysely's own migrator runs outside a transaction on SQLite.) A database written by a newer
 * program, or by the first edition, is refused: its rows mean something else.
 */
export async function migrate(db: Database, around: AroundMigration = {}): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await around.before?.(transaction)
    await transaction.schema
      .createTable('schema_versions')
      .ifNotExists()
      .addColumn('version', 'integer', (column) => column.primaryKey())
      .execute()
    const rows = await transaction.selectFrom('schema_versions').select('version').execute()
    const versions = migrations.map((migration) => migration.version)
    const known = Math.max(...versions)
    const oldest = Math.min(...versions)
    const present = Math.max(0, ...rows.map((row) => row.version))
    if (present > 0 && present < oldest) {
      throw new Error(
        `storage: it was written by the first edition of Slipway (schema version ${present}), which this one does not read; keep the folder for the old program and start with a new one`,
      )
    }
    if (present > known) {
      throw new Error(
        `storage: got schema version ${present}, expected at most ${known}; use a newer Slipway`,
      )
    }
    for (const migration of migrations.filter((one) => one.version > present)) {
      await migration.up(transaction)
      await transaction.insertInto('schema_versions').values({ version: migration.version }).execute()
    }
    if (present < known) await around.after?.(transaction)
  })
}

async function firstTables(transaction: Transactional): Promise<void> {
  await eventTables(transaction)
  await logTables(transaction)
  await inboxTable(transaction)
  await effectTables(transaction)
  await accessTables(transaction)
  await overlayTable(transaction)
  await advisoryTable(transaction)
  await offerTable(transaction)
  await auditTable(transaction)
  await transaction.schema
    .createTable('packages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('ecosystem', 'text', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
}

async function eventTables(transaction: Transactional): Promise<void> {
  await transaction.schema
    .createTable('counters')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute()
  await transaction
    .insertInto('counters')
    .values([
      { name: 'position', value: 0 },
      { name: 'arrival', value: 0 },
    ])
    .execute()
  await transaction.schema
    .createTable('events')
    .addColumn('position', 'bigint', (column) => column.primaryKey())
    .addColumn('stream', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('leaf', 'bigint', (column) => column.unique())
    .addUniqueConstraint('events_stream_version', ['stream', 'version'])
    .execute()
  await transaction.schema
    .createTable('claims')
    .addColumn('claim', 'text', (column) => column.primaryKey())
    .addColumn('stream', 'text', (column) => column.notNull())
    .execute()
}

async function logTables({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('streams')
    .addColumn('stream', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('retired', 'integer', (column) => column.notNull())
    .execute()
  await schema.createIndex('streams_retired').on('streams').column('retired').execute()
  await schema
    .createTable('archives')
    .addColumn('package', 'text', (column) => column.primaryKey())
    .addColumn('ids', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await schema
    .createTable('checkpoints')
    .addColumn('size', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('frontier', 'text', (column) => column.notNull())
    .execute()
  await schema
    .createTable('words')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
  await schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('fence', 'bigint', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute()
}

async function inboxTable({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('inbox')
    .addColumn('guid', 'text', (column) => column.primaryKey())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'integer', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('done_at', 'bigint')
    .execute()
  await schema.createIndex('inbox_state_sequence').on('inbox').columns(['state', 'sequence']).execute()
  await schema.createIndex('inbox_state_done').on('inbox').columns(['state', 'done_at']).execute()
}

async function effectTables({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('applied_effects')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
  await schema
    .createTable('effect_places')
    .addColumn('key', 'text', (column) =>
      column.notNull().references('applied_effects.key').onDelete('cascade'),
    )
    .addColumn('field', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('effect_places_key', ['key', 'field'])
    .execute()
  await schema.createIndex('effect_places_value').on('effect_places').columns(['field', 'value']).execute()
}

async function accessTables({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('secret_sha256', 'text', (column) => column.notNull().unique())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('packages', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .execute()
  await schema
    .createTable('owners')
    .addColumn('package', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('repository', 'text', (column) => column.notNull())
    .execute()
  await schema.createIndex('owners_repository').on('owners').column('repository_id').execute()
  await schema
    .createTable('publishers')
    .addColumn('package', 'text', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('publishers_key', ['package', 'place'])
    .execute()
  await schema
    .createTable('used_words')
    .addColumn('word', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema.createIndex('used_words_expiry').on('used_words').column('expires_at').execute()
}

async function overlayTable({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('overlay_notes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
}

async function advisoryTable({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('advisories')
    .addColumn('package', 'text', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
}

async function offerTable({ schema }: Transactional): Promise<void> {
  await schema
    .createTable('canary_offers')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await schema
    .createTable('repository_names')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('repository_id', 'text', (column) => column.notNull())
    .addColumn('met_at', 'bigint', (column) => column.notNull())
    .execute()
}

/** What tokens are called and who answers for them, and who did what. */
async function auditTable(transaction: Transactional): Promise<void> {
  const { schema } = transaction
  for (const column of ['name', 'owner']) {
    await schema
      .alterTable('tokens')
      .addColumn(column, 'text', (text) => text.notNull().defaultTo(''))
      .execute()
  }
  await schema.alterTable('tokens').addColumn('last_used_at', 'bigint').execute()
  await transaction.insertInto('counters').values({ name: 'audit', value: 0 }).execute()
  await schema
    .createTable('audit_log')
    .addColumn('number', 'bigint', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('from', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .execute()
  await schema.createIndex('audit_log_subject').on('audit_log').columns(['subject', 'number']).execute()
}
