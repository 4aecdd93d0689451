import type { RecordedEvent } from '../rollout/history/event.ts'

/** An event with its place: number in the stream (from 0) and position over all streams (from 1). */
export interface StoredEvent {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly event: RecordedEvent
}

/** A row that cannot be read as an event, with its place: what it belongs to must not be trusted. */
export interface DamagedEvent extends Omit<StoredEvent, 'event'> {
  readonly event: null
  /** What is wrong, for people. */
  readonly damage: string
}

/** What reading gives: nothing that is stored may stop what it does not belong to. */
export type ReadEvent = StoredEvent | DamagedEvent

export interface StreamAppend {
  readonly stream: string
  /** Number of events the writer saw; the append is refused when the stream has another number. */
  readonly expectedVersion: number
  readonly events: readonly RecordedEvent[]
}

/** A claim is a unique word (`line:pypi:demo@1`) held by one stream; released when set to null. */
export interface Claim {
  readonly claim: string
  /** The stream that takes it, or null to give it back. */
  readonly stream: string | null
  /** The holder the writer saw (null: nobody); another holder refuses the append. */
  readonly expected: string | null
}

export interface AppendBatch {
  readonly streams: readonly StreamAppend[]
  readonly claims: readonly Claim[]
}

export type AppendOutcome =
  | { readonly ok: true; readonly events: readonly StoredEvent[] }
  | { readonly ok: false; readonly conflict: { readonly kind: 'version' | 'claim'; readonly name: string } }

/** Where events live. One append is one transaction over all its streams and claims: all or nothing. */
export interface EventStore {
  append(batch: AppendBatch): Promise<AppendOutcome>
  /** All events of one stream in order; empty when there is none. */
  read(stream: string): Promise<readonly ReadEvent[]>
  /** Events after a position in commit order, at most `limit`. */
  readAll(afterPosition: number, limit: number): Promise<readonly ReadEvent[]>
  /** The stream that holds a claim, or null. */
  claimedBy(claim: string): Promise<string | null>
}
