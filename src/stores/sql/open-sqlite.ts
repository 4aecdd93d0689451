import { join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import type { Damage } from '../../ports/damage.ts'
import { createDamageLedger } from '../damage-ledger.ts'
import { bootTime } from '../disk/boot-time.ts'
import { createDiskBlobStore } from '../disk/disk-blob-store.ts'
import { createDiskDocumentCache } from '../disk/disk-document-cache.ts'
import { makeFolder } from '../disk/lock-folder.ts'
import { refuseLostDatabase } from '../disk/refuse-lost-database.ts'
import type { Stores } from '../stores.ts'
import { systemClock } from '../system-clock.ts'
import { createSqlClockMarks } from './sql-clock-marks.ts'
import { migrate } from './sql-migrations.ts'
import { createSqlStores } from './sql-stores.ts'
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
    ...createSqlStores(db, clock),
    marks: createSqlClockMarks(db, bootTime),
    damage,
    blobs,
    documents: createDiskDocumentCache(join(folder, 'upstream')),
    close: () => db.destroy(),
  }
}
