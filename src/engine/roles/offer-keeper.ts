import type { Forged, ForgeFailure, Repository } from '../../ports/forge.ts'
import type { OfferRecord } from '../../ports/offer-store.ts'
import type { Condition } from '../canaries/condition.ts'

/** Keeps what repositories offer to test. */
export interface OfferKeeper {
  /** A repository's file may have changed: read it, store what it offers. The failure, when it could not be read. */
  readOffers(repository: Repository): Promise<ForgeFailure | null>
  /** A repository was met under this name. */
  metAs(fullName: string, repositoryId: string): Promise<void>
  /** What a repository's file was last known to offer. */
  offersOf(repositoryId: string): Promise<OfferRecord | null>
  /** Its people do not want to test any more: how many offers no longer count. The failure, when its file could not be read. */
  leave(repository: Repository): Promise<Forged<number>>
  /** A repository cannot be asked any more; `forget`: it offers nothing from now on. */
  lostCanary(repositoryId: string, condition: Condition, forget: boolean): Promise<void>
  /** The same for every repository that an installation of the App gave access to. */
  lostInstallation(installationId: number, condition: Condition, forget: boolean): Promise<void>
}
