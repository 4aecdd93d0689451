/** A signed head of the log: so many leaves had this root at that time. */
export interface StoredCheckpoint {
  readonly size: number
  readonly at: number
  /** The C2SP signed note, as it is published. */
  readonly note: string
  /** Hex hashes of the perfect subtrees that make up the tree, the largest first. */
  readonly frontier: readonly string[]
}

/** An event that has no number in the tree yet. */
export interface UnnumberedEvent {
  readonly position: number
  /** Hex. */
  readonly hash: string
}

/** A numbered event. */
export interface Leaf {
  readonly leaf: number
  readonly position: number
  readonly stream: string
  readonly hash: string
}

/** The word that names one life of a storage: within it positions only grow. A copy that is put back has none. */
export const epochWord = 'epoch'

/** Where the tree over all events is kept: which event is which leaf, and the heads that were signed. */
export interface CheckpointLog {
  /** The newest one; null before the first. */
  newest(): Promise<StoredCheckpoint | null>
  /** Those above a size, ascending. */
  after(size: number, limit: number): Promise<readonly StoredCheckpoint[]>
  /** In commit order. */
  unnumbered(limit: number): Promise<readonly UnnumberedEvent[]>
  /** Numbers events from `first` on and stores the head behind them, all or nothing. False when another process was faster. */
  add(first: number, events: readonly UnnumberedEvent[], checkpoint: StoredCheckpoint): Promise<boolean>
  /** Numbered events from a leaf on, ascending. */
  leaves(from: number, limit: number): Promise<readonly Leaf[]>
  /** Forgets heads above a size: a loss was accepted. */
  cut(size: number): Promise<void>
  /** A word of the server, made by the first who asks: its id, its key. */
  word(name: string, make: () => string): Promise<string>
  /** The next who asks for the word makes another one. */
  forgetWord(name: string): Promise<void>
}
