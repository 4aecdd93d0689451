import type { TokenRequest } from '../oidc.ts'

/** Everything a run is given. Nothing else of the stand-in reaches the processes it starts. */
export interface RunOrder {
  readonly run: { readonly id: number; readonly attempt: number; readonly number: number }
  readonly repository: {
    readonly id: number
    readonly fullName: string
    readonly owner: string
    readonly ownerId: number
    readonly private: boolean
  }
  readonly workflow: { readonly path: string; readonly text: string }
  /** As the dispatch gave them, defaults of the workflow not yet filled in. */
  readonly inputs: Readonly<Record<string, string>>
  readonly event: { readonly name: string; readonly payload: unknown }
  readonly ref: string
  readonly sha: string
  readonly actor: { readonly login: string; readonly id: number }
  readonly apiUrl: string
  readonly secrets: Readonly<Record<string, string>>
  readonly variables: Readonly<Record<string, string>>
  /** Where `action.yml` and `dist/action` are. */
  readonly actionDirectory: string
  /** Takes what would leave the machine and refuses it. */
  readonly proxyUrl: string
  /** Variables that the machine's image sets, before any workflow does. */
  readonly machine: Readonly<Record<string, string>>
  /** Writes the commit's files into an empty directory. */
  materialise(directory: string): Promise<void>
  /** Opens the OIDC endpoint for one job. */
  grantToken(job: { readonly environment: string | null }): TokenRequest
  revokeToken(request: TokenRequest): void
  /** The job's `github.token`. */
  workflowToken(): Promise<string>
  keepArtifact(name: string, zip: Buffer): void
  /** What this run kept so far. */
  artifacts(): readonly { readonly name: string; readonly zip: Buffer }[]
}

export type Conclusion = 'success' | 'failure' | 'skipped' | 'timed_out' | 'cancelled'

export interface StepRecord {
  readonly name: string
  readonly number: number
  readonly conclusion: Conclusion
  readonly startedAt: string
  readonly completedAt: string
}

export interface JobRecord {
  readonly name: string
  readonly conclusion: Conclusion
  readonly startedAt: string
  readonly completedAt: string
  readonly steps: readonly StepRecord[]
  readonly log: string
}

export interface RunRecord {
  readonly conclusion: Conclusion
  readonly jobs: readonly JobRecord[]
}
