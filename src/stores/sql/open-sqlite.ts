import { join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import type { Damage } from '../../ports/damage.ts'
import { createDamageLedger } from '../damage-ledger.ts'
import { createDiskBlobStore } from '../disk/disk-blob-store.ts'
import { createDiskDocumentCache } from '../disk/disk-document-cache.ts'
import { makeFolder } from '../disk/lock-folder.ts'
import { refuseLostDatabase } from '../disk/refuse-lost-database.ts'
import type { Stores } from '../stores.ts'
import { systemClock } from '../system-clock.ts'
import { createSqlAccessStore } from './sql-access-store.ts'
import { createSqlAdvisoryStore } from './sql-advisory-store.ts'
import { createSqlAuditLog } from './sql-audit-log.ts'
import { createSqlCheckpointLog } from './sql-checkpoint-log.ts'
import { createSqlEffectLog } from './sql-effect-log.ts'
import { createSqlEventStore } from './sql-event-store.ts'
import { createSqlInbox } from './sql-inbox.ts'
import { migrate } from './sql-migrations.ts'
import { createSqlOfferStore } from './sql-offer-store.ts'
import { createSqlOverlayNotes } from './sql-overlay-notes.ts'
import { createSqlPackageStore } from './sql-package-store.ts'
import { createSqlRolloutArchive } from './sql-rollout-archive.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

/**
 * All stores embedded under one folder: `<folder>/slipway.sqlite`, `<folder>/blobs/` and, as a cache,
 * `<folder>/upstream/`. The folder is made
 * when missing and the schema brought up to date. `slipway serve` holds the folder's lock; SQLite itself
 * would let several processes in.
 */
export async function openSqlite(
  folder: string,
  clock: Clock = systemClock,
  sayDamage: (damage: Damage) => void = () => {},
): Promise<Stores> {
  await makeFolder(folder)
  await refuseLostDatabase(folder)
  const damage = createDamageLedger(sayDamage)
  const blobs = await createDiskBlobStore(join(folder, 'blobs'), {
    damaged: (found) => damage.note(found),
    mended: (sha256) => damage.mend('blob', sha256),
  })
  const db = await openSqliteDatabase(join(folder, 'slipway.sqlite'))
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    events: createSqlEventStore(db),
    archive: createSqlRolloutArchive(db),
    checkpoints: createSqlCheckpointLog(db),
    damage,
    inbox: createSqlInbox(db),
    effects: createSqlEffectLog(db),
    packages: createSqlPackageStore(db),
    access: createSqlAccessStore(db, clock),
    audit: createSqlAuditLog(db),
    advisories: createSqlAdvisoryStore(db),
    blobs,
    offers: createSqlOfferStore(db),
    documents: createDiskDocumentCache(join(folder, 'upstream')),
    notes: createSqlOverlayNotes(db),
    close: () => db.destroy(),
  }
}
