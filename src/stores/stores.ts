import type { AccessStore } from '../ports/access-store.ts'
import type { AdvisoryStore } from '../ports/advisory-store.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { CheckpointLog } from '../ports/checkpoint-log.ts'
import type { ClockMarks } from '../ports/clock-marks.ts'
import type { DamageLedger } from '../ports/damage.ts'
import type { EffectLog } from '../ports/effect-log.ts'
import type { EventStore } from '../ports/event-store.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { OfferStore } from '../ports/offer-store.ts'
import type { PackageStore } from '../ports/package-store.ts'
import type { RolloutArchive } from '../ports/rollout-archive.ts'
import type { DocumentCache, OverlayNotes } from '../ports/upstream.ts'

/** Every storage port, backed by one place. `close` waits for nothing: call it when no call is in flight. */
export interface Stores {
  readonly events: EventStore
  /** Null where nothing is archived. */
  readonly archive: RolloutArchive | null
  readonly damage: DamageLedger
  /** Null where no tree over all events is kept. */
  readonly checkpoints: CheckpointLog | null
  /** Null where processes leave nothing to each other about time. */
  readonly marks: ClockMarks | null
  readonly inbox: Inbox
  readonly effects: EffectLog
  readonly packages: PackageStore
  readonly access: AccessStore
  readonly audit: AuditLog
  readonly advisories: AdvisoryStore
  readonly blobs: BlobStore
  /** Who offers to test what. */
  readonly offers: OfferStore
  /** Documents of other indexes; a cache. */
  readonly documents: DocumentCache
  /** What is remembered about packages of other indexes. */
  readonly notes: OverlayNotes
  close(): Promise<void>
}
