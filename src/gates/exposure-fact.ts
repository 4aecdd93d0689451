/**
 * Cumulative counts of one cluster (a repository's keyed hash) at one percent of the ladder; the greater `runs`
 * stays. At most `countedRuns` runs (`statistics/observations.ts`): a busy repository has one vote like the others.
 */
export interface ExposureFact {
  readonly cluster: string
  /** The arm that the key was assigned to, whatever it installed. */
  readonly arm: 'candidate' | 'baseline'
  /** The rollout's share of the cohort space while these runs ran, 0..10000. */
  readonly basisPoints: number
  /** Whether the bucket drew the arm; false for keys of a group, which somebody chose. */
  readonly drawn: boolean
  /** It was not known for long enough before the rollout, and nobody admitted it: it is counted, and has no vote. */
  readonly young?: true
  /** The group by which a machine of a fleet got the candidate, where it named one that the stage lists. */
  readonly ring?: string
  /** 0: a machine is about to test it, and was let go ahead. */
  readonly runs: number
  readonly failures: number
  /** When the first of them was counted. */
  readonly since: number
}
