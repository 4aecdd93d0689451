/** One thing that somebody did: a command, a publish, a change to a token, an owner or a block. */
export interface AuditEntry {
  /** Integer ms. */
  readonly at: number
  /** `token deploy (t-1a2b)`, with the person that it names; a GitHub login; a workflow. */
  readonly who: string
  /** An address, or where the command was written. */
  readonly from: string
  /** `rollback`, `publish`, `token create`. */
  readonly action: string
  /** A rollout, release, package or token id. */
  readonly subject: string
  readonly reason: string
}

export interface AuditQuery {
  /** Only entries with a smaller number: the `next` of a page; null begins with the newest. */
  readonly before: number | null
  readonly limit: number
  /** Only entries with exactly these words. */
  readonly subject?: string
  readonly action?: string
}

export interface AuditPage {
  /** Newest first. */
  readonly items: readonly AuditEntry[]
  /** For `before` of the next page; null when this is the last one. */
  readonly next: number | null
}

/** Who did what: only ever grows. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>
  list(query: AuditQuery): Promise<AuditPage>
}
