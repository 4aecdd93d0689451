import type { Policy, PolicySource } from '../gates/policy.ts'
import type { Actor } from '../rollout/history/actor.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import type { PackageId, ReleaseId } from '../versions/release.ts'

/** The part of the engine that whoever finds releases elsewhere needs. */
export interface FoundReleaseStarter {
  rolloutsOf(id: PackageId): readonly RolloutState[]
  start(request: {
    readonly releases: readonly ReleaseId[]
    /** Packages that belong together with them: all of them draw the same users first. */
    readonly kin: readonly PackageId[]
    readonly policy: Policy | null
    readonly policySource?: PolicySource
    readonly restart: boolean
    readonly origin: null
    readonly who: { readonly actor: Actor; readonly reason: string }
  }): Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: { readonly message: string } }>
  /** What is known of the package changed: what its publisher says of live candidates is looked at again. */
  publicationChanged(id: PackageId): Promise<void>
}
