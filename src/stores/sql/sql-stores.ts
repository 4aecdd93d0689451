import type { Clock } from '../../ports/clock.ts'
import type { Stores } from '../stores.ts'
import { alone, type SharedWork } from './shared-work.ts'
import { createSqlAccessStore } from './sql-access-store.ts'
import { createSqlAdvisoryStore } from './sql-advisory-store.ts'
import { createSqlAuditLog } from './sql-audit-log.ts'
import { createSqlCheckpointLog } from './sql-checkpoint-log.ts'
import { createSqlEffectLog } from './sql-effect-log.ts'
import { createSqlEventStore } from './sql-event-store.ts'
import { createSqlInbox } from './sql-inbox.ts'
import { createSqlOfferStore } from './sql-offer-store.ts'
import { createSqlOverlayNotes } from './sql-overlay-notes.ts'
import { createSqlPackageStore } from './sql-package-store.ts'
import { createSqlRolloutArchive } from './sql-rollout-archive.ts'
import type { Database } from './sql-schema.ts'

/** Everything that is a table: the same on every database. */
export function createSqlStores(
  db: Database,
  clock: Clock,
  work: SharedWork = alone,
): Omit<Stores, 'blobs' | 'documents' | 'damage' | 'marks' | 'close'> {
  return {
    events: createSqlEventStore(db, work),
    archive: createSqlRolloutArchive(db),
    checkpoints: createSqlCheckpointLog(db),
    inbox: createSqlInbox(db, work),
    effects: createSqlEffectLog(db, work),
    packages: createSqlPackageStore(db, work),
    access: createSqlAccessStore(db, clock),
    audit: createSqlAuditLog(db),
    advisories: createSqlAdvisoryStore(db),
    offers: createSqlOfferStore(db),
    notes: createSqlOverlayNotes(db, work),
  }
}
