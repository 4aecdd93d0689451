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
  /** Notes an attempt that failed; `last`: it is set aside and no longer pending. */
  failed(guid: string, error: string, last: boolean): Promise<void>
  /** Whether a delivery came, whatever became of it. */
  has(guid: string): Promise<boolean>
}
