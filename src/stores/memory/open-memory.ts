import type { Clock } from '../../ports/clock.ts'
import { createDamageLedger } from '../damage-ledger.ts'
import type { Stores } from '../stores.ts'
import { systemClock } from '../system-clock.ts'
import { createMemoryAccessStore } from './memory-access-store.ts'
import { createMemoryAdvisoryStore } from './memory-advisory-store.ts'
import { createMemoryAuditLog } from './memory-audit-log.ts'
import { createMemoryBlobStore } from './memory-blob-store.ts'
import { createMemoryDocumentCache } from './memory-document-cache.ts'
import { createMemoryEffectLog } from './memory-effect-log.ts'
import { createMemoryEventStore } from './memory-event-store.ts'
import { createMemoryInbox } from './memory-inbox.ts'
import { createMemoryOfferStore } from './memory-offer-store.ts'
import { createMemoryOverlayNotes } from './memory-overlay-notes.ts'
import { createMemoryPackageStore } from './memory-package-store.ts'

/** All stores in memory: nothing survives the process. `clock` decides when used words expire. */
export function openMemory(clock: Clock = systemClock): Stores {
  return {
    events: createMemoryEventStore(),
    archive: null,
    checkpoints: null,
    marks: null,
    damage: createDamageLedger(),
    inbox: createMemoryInbox(),
    effects: createMemoryEffectLog(),
    packages: createMemoryPackageStore(),
    access: createMemoryAccessStore(clock),
    audit: createMemoryAuditLog(),
    advisories: createMemoryAdvisoryStore(),
    blobs: createMemoryBlobStore(),
    offers: createMemoryOfferStore(),
    documents: createMemoryDocumentCache(),
    notes: createMemoryOverlayNotes(),
    close: async () => {},
  }
}
