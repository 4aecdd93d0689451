import type { ColdFigures } from './cold.ts'
import type { GrowthRow } from './growth.ts'
import type { RolloutFigures } from './rollouts-child.ts'
import type { LargeFigures, RollbackFigures } from './steer.ts'
import type { Throughput } from './throughput.ts'
import type { ViewFigures } from './views-child.ts'
import type { WebhookFigures } from './webhooks.ts'

/** Where and when it was measured. */
export interface Surroundings {
  readonly at: string
  readonly node: string
  readonly processors: string
  readonly memoryGigabytes: number
  /** Load average of one minute, before and after. */
  readonly load: { readonly before: number; readonly after: number }
  readonly rounds: number
  readonly durationMs: number
}

/** Everything that one run found out. */
export interface Figures {
  readonly surroundings: Surroundings
  readonly throughput: readonly Throughput[]
  readonly views: ViewFigures
  readonly large: LargeFigures
  readonly cold: ColdFigures
  readonly rollback: RollbackFigures
  readonly rollouts: RolloutFigures
  readonly canariesMs: number
  readonly start: { readonly startMs: number; readonly idleMegabytes: number }
  readonly webhooks: WebhookFigures
  readonly liveRollouts: readonly GrowthRow[]
  readonly packages: readonly GrowthRow[]
}
