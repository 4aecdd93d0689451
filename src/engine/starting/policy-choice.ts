import type { Policy, PolicySource } from '../../gates/policy.ts'
import type { PackageId } from '../../versions/release.ts'

export interface PolicyChoice {
  readonly policy: Policy
  readonly source: PolicySource
  readonly train: string | null
  /** What the file names under that train; empty without one. */
  readonly trainPackages: readonly PackageId[]
}
