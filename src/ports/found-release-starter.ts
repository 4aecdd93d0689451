import type { Policy, PolicySource } from '../gates/policy.ts'
import type { Actor } from '../rollout/history/actor.ts'
import type { Need, RolloutId } from '../rollout/history/event.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import type { PackageId, ReleaseId } from '../versions/release.ts'

export type Begun =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: { readonly message: string } }

/** The part of the engine that whoever finds releases elsewhere needs. */
export interface FoundReleaseStarter {
  rolloutsOf(id: PackageId): readonly RolloutState[]
  start(request: {
    readonly releases: readonly ReleaseId[]
    /** Packages that belong together with them: all of them draw the same users first. */
    readonly kin: readonly PackageId[]
    /** What they ask for. */
    readonly needs: readonly Need[]
    readonly policy: Policy | null
    readonly policySource?: PolicySource
    readonly restart: boolean
    readonly origin: null
    readonly who: { readonly actor: Actor; readonly reason: string }
  }): Promise<Begun>
  /** Takes a release that was found late into the rollout of its family; `since`: when its own first stage began, integer ms. */
  board(rollout: RolloutId, release: ReleaseId, since: number): Promise<Begun>
  /** What is known of the package changed: what its publisher says of live candidates is looked at again. */
  publicationChanged(id: PackageId): Promise<void>
}
