import type { Forged } from './forge.ts'

/** An attempt of the forge to deliver a webhook that did not work. */
export interface FailedDelivery {
  readonly id: number
  /** The same for every attempt at one delivery. */
  readonly guid: string
}

/** The deliveries of an App, as the forge remembers them: some days back. */
export interface Deliveries {
  /** Attempts since then (ms since the epoch) that failed, the newest first. */
  failed(since: number): Promise<Forged<readonly FailedDelivery[]>>
  /** Asks for the same delivery again. */
  redeliver(id: number): Promise<Forged<void>>
}
