/** A webhook delivery as it came. */
export interface Delivery {
  /** `X-GitHub-Delivery`: the same for a redelivery. */
  readonly guid: string
  readonly event: string
  /** The raw JSON body. */
  readonly payload: string
  readonly receivedAt: number
}

/** Deliveries are stored before they are answered and handled once, whatever crashes in between. */
export interface Inbox {
  /** False when the GUID is already known. Durable when the promise resolves. */
  put(delivery: Delivery): Promise<boolean>
  /** Undone deliveries in order of arrival, at most `limit`. */
  pending(limit: number): Promise<readonly Delivery[]>
  done(guid: string, at: number): Promise<void>
  /** Counts an attempt that failed; after `maxAttempts` it is set aside and no longer pending. */
  failed(guid: string, error: string, maxAttempts: number): Promise<void>
}
