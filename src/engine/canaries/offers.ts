import type { ForgeFailure, Repository } from '../../ports/forge.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Condition } from './condition.ts'

/** Knows who offers to test what, and tells live rollouts when a canary cannot be asked any more. */
export interface Offers extends OfferSweep {
  /** Reads the file of a repository now. The failure, when it could not be read; then the old offers stay. */
  read(repository: Repository): Promise<ForgeFailure | null>
  /** The repository cannot be asked any more, and why. `forget`: it offers nothing from now on. */
  lost(repositoryId: string, condition: Condition, forget: boolean): Promise<void>
  /** The same for every repository that an installation of the App gave access to. */
  lostInstallation(installationId: number, condition: Condition, forget: boolean): Promise<void>
  /** Tells a rollout that has just begun in which state its canaries are. */
  tellConditions(state: RolloutState): Promise<void>
}

export type SweepOutcome =
  | {
      readonly ok: true
      readonly unread: readonly { readonly repository: Repository; readonly failure: ForgeFailure }[]
    }
  | { readonly ok: false; readonly failure: ForgeFailure }

/** Asks every repository what it offers, now and then. */
export interface OfferSweep {
  /** Asks every repository again, and whoever is gone is forgotten. The repositories that did not answer. */
  sweep(): Promise<SweepOutcome>
  /** The same when it is due by time; also what could not be read lately. */
  due(): Promise<void>
  /** Resolves when nothing is asked any more: storage may be closed after it. */
  idle(): Promise<void>
}
