import type { Policy, PolicySource } from '../../gates/policy.ts'
import type { Need, Origin } from '../../rollout/history/event.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { Who } from '../core/who.ts'

export interface StartRequest {
  readonly releases: readonly ReleaseId[]
  /** Packages of other indexes that belong together with these: they share a salt. Absent: none. */
  readonly kin?: readonly PackageId[]
  /** What its releases ask for, where they are not hosted here; absent: nothing. */
  readonly needs?: readonly Need[]
  /** A policy given with the request (`operate` scope was checked by the caller). */
  readonly policy: Policy | null
  /** Where that policy comes from, when not from the request: an `adopt` rule. It goes before all others. */
  readonly policySource?: PolicySource
  readonly restart: boolean
  /** With `restart`: it was a false alarm, the same users go first again. */
  readonly sameUsers?: boolean
  readonly origin: Origin | null
  readonly who: Who
}
