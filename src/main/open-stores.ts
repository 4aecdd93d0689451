import type { Log } from '../engine/core/log.ts'
import type { Damage, DamageLedger } from '../ports/damage.ts'
import type { Lease } from '../stores/sql/lease.ts'
import type { Listening } from '../stores/sql/listen-to.ts'
import { openSqlite } from '../stores/sql/open-sqlite.ts'
import type { Stores } from '../stores/stores.ts'
import { systemClock } from '../stores/system-clock.ts'
import type { ServeSettings } from './settings.ts'

/** Storage, and where many processes share it what keeps them from doing one thing twice. */
export interface OpenedStores {
  readonly stores: Stores
  readonly shared: { readonly lease: Lease; readonly notices: Listening } | null
}

/** SQLite under the data folder, or PostgreSQL where `DATABASE_URL` names one; loaded only then. */
export async function openStores(settings: ServeSettings, log: Log): Promise<OpenedStores> {
  const sayDamage = (damage: Damage) => log.error('something stored is damaged', { ...damage })
  const { databaseUrl, s3 } = settings
  const objects = s3 === null ? null : (ledger: DamageLedger) => openObjects(settings, ledger)
  if (databaseUrl === null) {
    const stores = await openSqlite(settings.data, systemClock, sayDamage)
    return {
      stores: objects === null ? stores : { ...stores, blobs: await objects(stores.damage) },
      shared: null,
    }
  }
  const { openPostgres } = await import('../stores/sql/open-postgres.ts')
  const stores = await openPostgres({
    url: databaseUrl,
    directUrl: settings.databaseDirectUrl,
    folder: settings.data,
    blobs: objects,
    sayDamage,
  })
  return { stores, shared: stores }
}

async function openObjects({ s3, data }: ServeSettings, ledger: DamageLedger) {
  if (s3 === null) throw new Error('no object store is configured')
  const { createS3BlobStore } = await import('../stores/objects/s3-blob-store.ts')
  return createS3BlobStore({
    settings: s3,
    folder: data,
    damaged: (damage) => ledger.note(damage),
    mended: (sha256) => ledger.mend('blob', sha256),
  })
}
