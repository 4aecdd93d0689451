import type { Arm } from '../../gates/evidence.ts'
import type { HttpRule } from '../../gates/policy.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { DependentRef } from '../history/dependent-ref.ts'
import type { PullRequestRef, RolloutId } from '../history/event.ts'
import type { DeploymentState } from './deployment-state.ts'

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
  /** A comment on the tracking issue for one transition (`version` of its event), edited only to take a name out. */
  | {
      readonly kind: 'transition-comment'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly version: number
      readonly digest: string
    }
  /** A word on the tracking issue of a rollout that stands still and waits for a person. */
  | {
      readonly kind: 'reminder'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
      /** Whole days that it has stood still: 1, 3, or those of whole weeks. */
      readonly days: number
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
   * Ask the forge for the open issues with one of these labels; answered by a `blocker` signal for each that is news
   * and a `blockers-searched` one. Raises wait for it, so it is never given up.
   */
  | {
      readonly kind: 'find-blockers'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly labels: readonly string[]
      /** The look before this one. */
      readonly digest: string
    }
  /** Look for the tag of a release whose commit is not known; answered by an `origin` signal once it is there. */
  | {
      readonly kind: 'find-origin'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly digest: string
    }
  /** Read the checks of the release commit that a gate requires; answered by `check` signals for what is news and a `checks-read` one. The gate waits for it, so it is never given up. */
  | {
      readonly kind: 'read-checks'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly commit: string
      readonly names: readonly string[]
      /** The span of time that the look is for. */
      readonly digest: string
    }
  /**
   * Read what the owner's repository has published against these packages; answered by `advisory` signals for what is
   * news and an `advisories-read` one. Raises wait for it, so it is never given up.
   */
  | {
      readonly kind: 'read-advisories'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly packages: readonly PackageId[]
      /** The look before this one. */
      readonly digest: string
    }
  /**
   * Look whether the release of the tag is still there, and where the tag is: at the start and before each raise.
   * Answered by a `forge-release` signal for what is news and a `release-read` one.
   */
  | {
      readonly kind: 'read-release'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly tag: string
      /** The look before this one. */
      readonly digest: string
    }
  /** Ask the server behind an `http` gate; answered by an `http-answer` signal. */
  | {
      readonly kind: 'ask-http'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly stage: number
      readonly rule: HttpRule
      readonly digest: string
    }
  /** Compare the files of a candidate with those of its baseline; answered by a `contents` signal. */
  | {
      readonly kind: 'compare-contents'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly release: ReleaseId
      readonly baseline: ReleaseId
      /** The baseline, and the span of time that the look is for while files may still come. */
      readonly digest: string
    }
  /** Ask the forge which pull requests the release contains; answered by a `pull-requests` signal. */
  | {
      readonly kind: 'find-pull-requests'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
    }
  /** Ask the forge which open pull requests of dependents bump to a candidate; answered the same way. */
  | {
      readonly kind: 'find-update-pull-requests'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
    }
  /** After a rollback: which installed repositories' own runs met a candidate; answered by a `shown-to` signal. */
  | {
      readonly kind: 'find-shown-to'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
    }
  /** The one check run on the release commit. */
  | {
      readonly kind: 'check-run'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly commit: string
      readonly digest: string
    }
  /** One deployment for each stage that was entered; the digest is its state. */
  | {
      readonly kind: 'deployment'
      readonly mode: 'standing'
      readonly key: string
      readonly rollout: RolloutId
      readonly commit: string
      readonly stage: number
      readonly digest: DeploymentState
    }
  /** An issue in a dependent that had a release on which was taken back. */
  | {
      readonly kind: 'notice'
      readonly mode: 'once'
      readonly key: string
      readonly rollout: RolloutId
      readonly dependent: DependentRef
    }
