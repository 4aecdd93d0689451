/** Something stored that is not what it was, and what it belongs to. */
export interface Damage {
  /** Rollout, package or file that it belongs to; empty where that cannot be told. */
  readonly stream: string
  /** Position in the log, or null for what has none. */
  readonly position: number | null
  readonly kind: 'event' | 'archive' | 'package' | 'blob' | 'checkpoint' | 'unwritten'
  /** What is wrong, in words for an operator. */
  readonly what: string
}

/** Everything that is known to be damaged now: one place for `/readyz`, `slipway verify` and the log. */
export interface DamageLedger {
  /** Says it in the log the first time. Known again under the same kind, stream and position: replaced. */
  note(damage: Damage): void
  /** What was mended; false when nothing was known of it. */
  mend(kind: Damage['kind'], stream: string): boolean
  all(): readonly Damage[]
}
