import type { Arm } from '../gates/evidence.ts'
import type { PullRequestRef, RolloutId } from './event.ts'

/**
 * Something outside that should be so. Derived from state, compared with what was applied under `key`
 * (`<rollout>/<kind>/<subject>/<try>`). A *once* effect is done when recorded; a *standing* one also
 * carries a digest of what it shows and is wanted while that differs from the last applied digest.
 */
export type Effect =
  | {
      readonly kind: 'dispatch'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
      readonly canary: string
      readonly try: number
      readonly arm: Arm | 'both'
    }
  | {
      readonly kind: 'tracking-issue'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly digest: string
    }
  /** A comment on the tracking issue for one transition (`version` of its event). */
  | {
      readonly kind: 'transition-comment'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
      readonly version: number
    }
  | {
      readonly kind: 'pull-request-comment'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly pullRequest: PullRequestRef
      readonly digest: string
    }
  /**
   * Ask the forge for the issues with one of these labels that are open already; answered by a `blocker` signal
   * for each and a `blockers-searched` one. The blockers gate waits for it, so it is never given up.
   */
  | {
      readonly kind: 'find-blockers'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
      readonly labels: readonly string[]
    }
  /** Ask the forge which pull requests the release contains; answered by a `pull-requests` signal. */
  | {
      readonly kind: 'find-pull-requests'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
    }
