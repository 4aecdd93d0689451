import type { ReleaseId } from '../../versions/release.ts'

/**
 * Whether a candidate is, by its files and by who published it, like an older live release of its line: no finding above
 * `say` between the two, the same publisher, no less proof of where it was built.
 */
export interface LikenessFact {
  readonly older: ReleaseId
  readonly alike: boolean
  /** Why not; empty where it is. */
  readonly because: string
  /** Last writer wins by this time; ties go to what is not alike. */
  readonly observedAt: number
}
