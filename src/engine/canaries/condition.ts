import type { CanaryCondition } from '../../gates/evidence.ts'

/** What a repository's canary is in, and the words for it. */
export interface Condition {
  readonly state: CanaryCondition
  readonly message: string
}
