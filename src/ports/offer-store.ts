import type { CanaryOffer } from '../config/canaries/canary-offers.ts'
import type { Repository } from './forge.ts'

/** An offer as it was read, with how its workflow runs the two arms. */
export type StoredOffer = CanaryOffer & {
  readonly arms: 'together' | 'apart'
  /** Why its workflow is not started: what it gives a candidate that would make its answer worthless. */
  readonly refused?: string
}

/** What a repository was last known to offer, by one way in. */
export interface OfferRecord {
  /** `file`: its `.github/slipway.yml`; `pull`: its own workflow checked in. */
  readonly source: 'file' | 'pull'
  /** `installationId` is 0 for a check-in: no App is needed for it. */
  readonly repository: Repository
  /** The last offers that could be read: a file that broke since then takes none of them back. */
  readonly offers: readonly StoredOffer[]
  /** What is wrong with the file now; null when nothing is. */
  readonly problems: string | null
  /** Why the repository could not be asked when it was last tried; null when it could. */
  readonly unread: string | null
  /** Its people left it with this text of the file (its SHA-256), which therefore offers nothing; absent: they did not. */
  readonly left?: string
  /** When it was last read or last checked in, integer ms. */
  readonly seenAt: number
}

/** The repository that was met first under a name. */
export interface MetName {
  /** `owner/name` in small letters. */
  readonly name: string
  readonly repositoryId: string
  /** When it was last met under it, integer ms, to the day. */
  readonly metAt: number
}

/** Who offers to test what: one record for each repository and way in, by repository id. */
export interface OfferStore {
  get(repositoryId: string, source: OfferRecord['source']): Promise<OfferRecord | null>
  put(record: OfferRecord): Promise<void>
  remove(repositoryId: string, source: OfferRecord['source']): Promise<void>
  /** All records, ascending by repository id, then source. */
  list(): Promise<readonly OfferRecord[]>
  /** When every repository was last asked, integer ms; null when that never happened. */
  sweptAt(): Promise<number | null>
  noteSweep(at: number): Promise<void>
  nameOf(name: string): Promise<MetName | null>
  /** Replaces what is known of the name. */
  putName(met: MetName): Promise<void>
  names(): Promise<readonly MetName[]>
}
