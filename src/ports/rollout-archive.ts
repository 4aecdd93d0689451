import type { RolloutId } from '../rollout/history/event.ts'
import type { End } from '../rollout/history/state.ts'
import type { PackageId } from '../versions/release.ts'
import type { ReadEvent } from './event-store.ts'

/** What lists and counts need to know of an ended rollout without unpacking it. */
export interface ArchivedRollout {
  readonly id: RolloutId
  readonly end: End
  readonly reservedAt: number
}

/** The ended rollouts of one package, packed so that many fit into little memory. */
export interface ArchivedPackage {
  readonly package: PackageId
  /** In the order in which they were reserved. */
  readonly rollouts: readonly ArchivedRollout[]
  /** Opaque to the store: text. */
  readonly body: string
}

/** A stream and the length at which its rollout was packed. */
export interface RetiredStream {
  readonly stream: RolloutId
  readonly version: number
}

/**
 * The past, kept so that it costs nothing: what a start reads of ended rollouts instead of their events. The
 * events stay where they are; whatever is here can be made from them again.
 */
export interface RolloutArchive {
  /** Every package that has something here, in no particular order. */
  all(): Promise<readonly ArchivedPackage[]>
  /**
   * Replaces these packages' entries and marks the streams as retired, in one transaction; a stream that has
   * grown meanwhile stays. An append to a retired stream takes the mark away.
   */
  retire(packages: readonly ArchivedPackage[], streams: readonly RetiredStream[]): Promise<void>
  /** All events of these streams, those of each in their order. */
  readStreams(streams: readonly RolloutId[]): Promise<readonly ReadEvent[]>
  /** The length of each stream that is not retired, as appends have counted it. */
  openStreams(): Promise<ReadonlyMap<RolloutId, number>>
  /** The position of the last event of all streams; 0 before the first. */
  lastPosition(): Promise<number>
}
