import type { Policy, PolicySource } from '../../gates/policy.ts'

export interface PolicyChoice {
  readonly policy: Policy
  readonly source: PolicySource
  readonly train: string | null
}
