import type { Permission } from '../gates/policy.ts'
import type { Advisory } from '../versions/advisory.ts'
import type { PackageId } from '../versions/release.ts'

/** A repository as the forge knows it at the moment of asking. */
export interface Repository {
  readonly id: string
  readonly fullName: string
  readonly private: boolean
  readonly defaultBranch: string
  readonly installationId: number
  /** Read-only for everybody: nothing can run there. Absent: not known to be. */
  readonly archived?: boolean
}

/** A forge call that did not work: `gone` (404, revoked), `forbidden`, `limited` (with a time), `broken` (5xx, network). */
export type ForgeFailure = {
  readonly kind: 'gone' | 'forbidden' | 'limited' | 'broken' | 'invalid'
  readonly message: string
  readonly retryAt: number | null
}

export type Forged<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ForgeFailure }

export interface WorkflowRun {
  readonly id: number
  readonly attempt: number
  readonly status: 'queued' | 'in_progress' | 'completed' | 'other'
  readonly conclusion: string | null
  readonly headSha: string
  readonly title: string
  readonly url: string
  readonly repositoryId: string
}

/** An issue as the forge shows it. `updatedAt`: ms since the epoch. */
export interface ForgeIssue {
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly open: boolean
  readonly updatedAt: number
}

/** A check of a commit: check runs and commit statuses under one word. */
export interface CommitCheck {
  readonly name: string
  readonly state: 'pending' | 'success' | 'failure'
  readonly url: string | null
}

/** Reads repositories: which there are, their files and commits, and who may do what. */
export interface RepositoryReader {
  /** Every repository the App is installed on. */
  repositories(): Promise<Forged<readonly Repository[]>>
  repository(fullNameOrId: string): Promise<Forged<Repository>>
  /** Text of a file on a ref (default branch when null); null when there is none. */
  file(repository: Repository, path: string, ref: string | null): Promise<Forged<string | null>>
  permission(repository: Repository, login: string): Promise<Forged<Permission>>
  /** The commit of a branch. */
  commitOf(repository: Repository, branch: string): Promise<Forged<string>>
  /** The commit behind a tag, annotated or not; a branch of that name is none. */
  commitOfTag(repository: Repository, tag: string): Promise<Forged<string>>
  /** Whether a published release of this tag is there; a draft is none. */
  hasRelease(repository: Repository, tag: string): Promise<Forged<boolean>>
}

/** Starts workflows and reads their runs. */
export interface WorkflowRunner {
  /** Starts a workflow; the run id when the forge names it. `marker`: a word in the run's name, looked for before the same dispatch is asked for again after a failure that may have started it. */
  dispatch(
    repository: Repository,
    workflow: string,
    ref: string,
    inputs: Readonly<Record<string, string>>,
    marker?: string,
  ): Promise<Forged<{ readonly runId: number | null; readonly url: string | null }>>
  run(repository: Repository, runId: number): Promise<Forged<WorkflowRun>>
  /** The number of a dispatched run whose title carries the marker, among the newest of this workflow; null when none does. */
  findRun(repository: Repository, workflow: string, marker: string): Promise<Forged<number | null>>
}

/** Reads and writes issues and their comments. */
export interface IssueKeeper {
  /** Creates the issue or, when one carries the marker, returns that as it is: `found`. */
  createIssue(
    repository: Repository,
    issue: {
      readonly title: string
      readonly body: string
      readonly labels: readonly string[]
      readonly marker: string
    },
  ): Promise<Forged<{ readonly number: number; readonly url: string; readonly found?: boolean }>>
  /** Every open issue with this label; pull requests are not among them. `updatedAt`: ms since the epoch. */
  openIssues(
    repository: Repository,
    label: string,
  ): Promise<
    Forged<
      readonly {
        readonly number: number
        readonly title: string
        readonly labels: readonly string[]
        readonly updatedAt: number
      }[]
    >
  >
  /** An issue of this repository as it is now; one that was moved to another repository is gone. */
  issue(repository: Repository, number: number): Promise<Forged<ForgeIssue>>
  /** `labels` are Slipway's own (`slipway`, `slipway:…`); labels that people set are kept. */
  updateIssue(
    repository: Repository,
    number: number,
    change: {
      readonly title?: string
      readonly body?: string
      readonly labels?: readonly string[]
      readonly state?: 'open' | 'closed'
    },
  ): Promise<Forged<void>>
  /**
   * Creates the comment or, when one carries the marker, edits that. `knownId` spares the search. `editOnly`: none is
   * created; the id is then 0.
   */
  upsertComment(
    repository: Repository,
    issue: number,
    comment: {
      readonly body: string
      readonly marker: string
      readonly knownId?: number | null
      readonly editOnly?: boolean
    },
  ): Promise<Forged<{ readonly id: number }>>
  /** Whether a comment of an issue is still there. */
  hasComment(repository: Repository, issue: number, commentId: number): Promise<Forged<boolean>>
  react(
    repository: Repository,
    commentId: number,
    reaction: '+1' | '-1' | 'eyes' | 'confused',
  ): Promise<Forged<void>>
}

/** Reads pull requests. */
export interface PullRequestReader {
  /** Numbers of the pull requests contained in `base...head`. */
  pullRequestsBetween(repository: Repository, base: string, head: string): Promise<Forged<readonly number[]>>
  /** Numbers of the open pull requests that changed since then (ms since the epoch), the newest change first, at most 300. */
  openPullRequests(repository: Repository, since: number): Promise<Forged<readonly number[]>>
  /** Changed files of a pull request with their diffs (null where the forge gives none), at most 300. */
  pullRequestFiles(
    repository: Repository,
    number: number,
  ): Promise<Forged<readonly { readonly path: string; readonly patch: string | null }[]>>
}

/** What a repository says against some versions of a package. */
export interface NamedAdvisory {
  readonly package: PackageId
  readonly advisory: Advisory
}

/** Reads what repositories have published against packages. */
export interface AdvisoryReader {
  /** All that were published and not withdrawn, whatever package they name. */
  publishedAdvisories(repository: Repository): Promise<Forged<readonly NamedAdvisory[]>>
}

/** Reads and writes what stands at a commit: checks and deployments. */
export interface CommitMarker {
  /** Lets a deployment that waits for the App's own rule go on or not; without an answer only the comment is shown. */
  reviewDeployment(
    repository: Repository,
    runId: number,
    review: {
      readonly environment: string
      readonly answer: 'approved' | 'rejected' | null
      readonly comment: string
    },
  ): Promise<Forged<void>>
  /** The newest check runs and commit statuses of a commit, one for each name: the worst of those that share it. */
  checksOf(repository: Repository, commit: string): Promise<Forged<readonly CommitCheck[]>>
  /** Creates the check run on a commit or, when one of ours carries the key, edits that. Times are ms since the epoch. */
  putCheckRun(
    repository: Repository,
    check: {
      readonly commit: string
      readonly key: string
      readonly name: string
      readonly title: string
      readonly summary: string
      readonly url: string
      /** Null while it is in progress. */
      readonly conclusion: 'success' | 'failure' | 'neutral' | 'cancelled' | null
      readonly startedAt: number
      readonly completedAt: number | null
      readonly knownId: number | null
    },
  ): Promise<Forged<{ readonly id: number }>>
  /** Creates the deployment or finds the one that carries the key, and gives it a state. */
  putDeployment(
    repository: Repository,
    deployment: {
      readonly commit: string
      readonly key: string
      readonly environment: string
      readonly description: string
      readonly url: string
      readonly state: 'in_progress' | 'success' | 'failure' | 'inactive'
      /** Everybody sees it: GitHub's production environment. */
      readonly everybody: boolean
      readonly knownId: number | null
    },
  ): Promise<Forged<{ readonly id: number }>>
}

/**
 * GitHub in our words. Every method is one or a few requests and says in its result what went wrong. Posts are never
 * retried blindly: `marker` is searched before posting again. Only who puts the program together needs all of it.
 */
export type Forge = RepositoryReader &
  WorkflowRunner &
  IssueKeeper &
  PullRequestReader &
  CommitMarker &
  AdvisoryReader
