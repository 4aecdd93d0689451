import type { PackageId, ReleaseId } from '../../versions/release.ts'

/** An ordinary run of a workflow, already proven by the run's own token. */
export interface NaturalRun {
  readonly repositoryId: string
  readonly runId: number
  readonly runAttempt: number
  /** Path of the workflow's file with its ref, as the token says it. */
  readonly workflowRef: string
  /** The commit that ran, as the token says it; null when it does not. */
  readonly commit: string | null
  readonly outcome: 'success' | 'failure' | 'cancelled'
  /** What the job depends on, whether installing it went well or not. */
  readonly packages: readonly PackageId[]
  readonly installed: readonly ReleaseId[]
}
