import type { ReleaseId } from '../versions/release.ts'

/**
 * What the publisher of a candidate, or the index that it comes from, says of it now. `doubted`: its index no longer
 * gives it and is asked again before that is believed.
 */
export interface PublicationFact {
  readonly release: ReleaseId
  readonly standing: 'offered' | 'deprecated' | 'doubted' | 'yanked' | 'gone' | 'quarantined'
  /** Their own words; may hold hostile text, and be empty. */
  readonly because: string
  /** `deprecated`: every other release of the package is too, so it says nothing about this one. */
  readonly withAll: boolean
  /** npm: the version that its publisher calls latest, where the candidate is above it; else null. */
  readonly latestBelow: string | null
  /** Last writer wins by this time; ties go to what is further from exposure. */
  readonly observedAt: number
}

/** What became of the forge's release and of the tag that a rollout's files came from. */
export interface ForgeReleaseFact {
  /** The release on the forge: there, or deleted by somebody since. */
  readonly standing: 'there' | 'deleted'
  readonly tag: string
  /** The commit that the tag points to now; null where the tag is gone. */
  readonly commit: string | null
  /** Last writer wins by this time; ties go to what is further from exposure. */
  readonly observedAt: number
}

/** A person's word that something found does not stand in the way; void when `evidence` no longer matches. */
export interface DismissalFact {
  /** `deprecated`, `latest-moved`, `release-deleted`. */
  readonly code: string
  readonly by: string
  readonly reason: string
  readonly at: number
  /** What it was given for. */
  readonly evidence: string
}
