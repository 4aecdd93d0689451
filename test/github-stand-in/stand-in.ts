import type { Server } from 'node:http'
import type { Access, Role } from './access.ts'
import type { Actions, Run } from './actions.ts'
import { claimsOfJob } from './claims.ts'
import type { CommitStatuses } from './commit-statuses.ts'
import { commit, type Files, filesOf, headOf, materialise } from './contents.ts'
import type { Deployments, DeploymentView } from './deployments.ts'
import { installationOf, tokenOf } from './emulator.ts'
import type { IssueEdits } from './issue-edits.ts'
import {
  type CheckRunView,
  type CommentView,
  type IssueView,
  readCheckRuns,
  readComments,
  readIssue,
  readIssues,
} from './issue-view.ts'
import type { Fields, Layer } from './layer.ts'
import type { NetworkGuard } from './network-guard.ts'
import type { JobClaims, OidcIssuer } from './oidc.ts'
import { mergePull, openPull } from './pull-files.ts'
import { pushPart } from './push-part.ts'
import type { RepositoryStates } from './repository-states.ts'
import type { RunnerPool } from './runner-pool.ts'
import type { Delivery, Receiver, Webhooks } from './webhooks.ts'
import type { Limit, Violation, Wire } from './wire.ts'

interface Parts {
  readonly layer: Layer
  readonly access: Access
  readonly deployments: Deployments
  readonly statuses: CommitStatuses
  readonly settings: RepositoryStates
  readonly edits: IssueEdits
  readonly actions: Actions
  readonly issuer: OidcIssuer
  readonly wire: Wire
  readonly webhooks: Webhooks
  readonly pool: RunnerPool
  readonly guard: NetworkGuard
  readonly server: Server
}

export interface NewRepository {
  /** `owner/name`; the owner must be an account of the stand-in. */
  readonly fullName: string
  readonly private?: boolean
  /** Files by path, or a directory whose files are taken. */
  readonly files?: Files | string
  readonly secrets?: Readonly<Record<string, string>>
}

/** A running GitHub, and what people do on its pages. */
export class GithubStandIn {
  readonly #parts: Parts
  /** Checks and statuses of commits, as other Apps and people set them. */
  readonly statuses: CommitStatuses
  /** The settings pages of repositories and of the App's installations. */
  readonly settings: RepositoryStates
  /** What people do to issues and comments that are there already. */
  readonly edits: IssueEdits

  constructor(parts: Parts) {
    this.#parts = parts
    this.statuses = parts.statuses
    this.settings = parts.settings
    this.edits = parts.edits
  }

  /** For `GITHUB_API_URL`. */
  get url(): string {
    return this.#parts.layer.origin
  }

  get oidcIssuer(): string {
    return this.#parts.issuer.issuer
  }

  /** What passed the socket and should not have. Empty, or the run has failed. */
  violations = (): readonly Violation[] => this.#parts.wire.violations

  /** How often each operation was asked for, by name: `GET /repos/{owner}/{repo}/issues`. */
  operations = (): ReadonlyMap<string, number> => this.#parts.wire.operations

  /** Refuses the next request of an operation, as GitHub does with who asks too much. */
  limitNext = (limit: Limit): void => this.#parts.wire.limit(limit)

  /** What programs of workflows tried to reach outside this machine; all of it was refused. */
  outsideAttempts = (): readonly string[] => this.#parts.guard.attempts

  setWebhook = (receiver: Receiver | null): void => this.#parts.webhooks.receiver(receiver)

  deliveries = (): readonly Delivery[] => this.#parts.webhooks.deliveries()

  redeliver = (guid: string): Promise<Delivery | null> => this.#parts.webhooks.redeliver(guid)

  /** The token by which a user may speak to the API. */
  token = tokenOf

  /** The installation of the App on an account. */
  installation(account: string): number {
    return installationOf(this.#parts.layer.accounts, account)
  }

  /** Makes a repository with one commit; the App is installed on every account. */
  async createRepository(what: NewRepository): Promise<{ id: number; sha: string | null }> {
    const { layer, pool } = this.#parts
    const [owner = '', name = ''] = what.fullName.split('/')
    const path = layer.accounts.orgs.includes(owner) ? `/orgs/${owner}/repos` : '/user/repos'
    const body = { name, private: what.private === true, auto_init: false }
    const made = await layer.backing.as<{ id: number }>(layer.ownerOf(owner), 'POST', path, body)
    this.settings.takeName(what.fullName)
    layer.repositories.add(what.fullName)
    pool.setSecrets(what.fullName, what.secrets ?? {})
    if (what.files === undefined) return { id: made.id, sha: null }
    const files = typeof what.files === 'string' ? await filesOf(what.files) : what.files
    return { id: made.id, sha: await this.commitFiles(what.fullName, files, { message: 'Start' }) }
  }

  /** Commits on a branch, `main` unless said, and tells it by a `push` webhook. */
  async commitFiles(
    fullName: string,
    files: Files | string,
    how: { message?: string; branch?: string; from?: string } = {},
  ): Promise<string> {
    const { layer, webhooks } = this.#parts
    const branch = how.branch ?? 'main'
    const from = how.from === undefined ? {} : { from: how.from }
    const list = typeof files === 'string' ? await filesOf(files) : files
    const done = await commit(layer, fullName, {
      files: list,
      message: how.message ?? 'Change',
      branch,
      ...from,
    })
    const repository = await layer.repository(fullName)
    const installation = layer.installationPart(this.installation(repository.owner.login))
    await webhooks.send('push', { ...pushPart({ repository, branch, done, files: list }), installation })
    return done.sha
  }

  /** Writes the files of a commit into an empty directory. */
  checkOut(fullName: string, sha: string, directory: string): Promise<void> {
    return materialise(this.#parts.layer, fullName, sha, directory)
  }

  /** Tags the head of `main` (or a commit) and publishes the release; resolves when its webhook was delivered. */
  async publishRelease(
    fullName: string,
    release: { tag: string; sha?: string; body?: string; prerelease?: boolean; as?: string },
  ): Promise<{ id: number; sha: string }> {
    const { layer } = this.#parts
    const sha = release.sha ?? (await headOf(layer, fullName, 'main'))
    if (sha === null) throw new Error(`${fullName} has no commit to release`)
    await layer.asOwner(fullName, 'POST', '/git/refs', { ref: `refs/tags/${release.tag}`, sha })
    const by = release.as ?? layer.ownerOf(fullName.split('/')[0] ?? '')
    const made = await layer.backing.as<{ id: number }>(by, 'POST', `/repos/${fullName}/releases`, {
      tag_name: release.tag,
      target_commitish: sha,
      name: release.tag,
      body: release.body ?? '',
      prerelease: release.prerelease === true,
    })
    await this.#told('release', (payload) => (payload.release as Fields).id === made.id)
    return { id: made.id, sha }
  }

  /** Says what somebody may do in a repository. */
  async setPermission(fullName: string, login: string, role: Role): Promise<void> {
    const { layer, access } = this.#parts
    access.setRole(fullName, login, role)
    const names: Partial<Record<Role, string>> = { write: 'push', read: 'pull', none: 'pull' }
    const permission = names[role] ?? role
    if (fullName.split('/')[0] === login || role === 'none') return
    await layer.asOwner(fullName, 'PUT', `/collaborators/${login}`, { permission })
  }

  async createIssue(
    fullName: string,
    issue: { title: string; body?: string; labels?: readonly string[]; as?: string },
  ): Promise<number> {
    const { layer } = this.#parts
    const by = issue.as ?? layer.ownerOf(fullName.split('/')[0] ?? '')
    const body = { title: issue.title, body: issue.body ?? '', labels: issue.labels ?? [] }
    const made = await layer.backing.as<{ id: number; number: number }>(
      by,
      'POST',
      `/repos/${fullName}/issues`,
      body,
    )
    await this.#told('issues', (payload) => (payload.issue as Fields).id === made.id)
    return made.number
  }

  async labelIssue(fullName: string, issue: number, label: string): Promise<void> {
    await this.#parts.layer.asOwner(fullName, 'POST', `/issues/${issue}/labels`, { labels: [label] })
    await this.#issueTold('labeled', issue)
  }

  async closeIssue(fullName: string, issue: number): Promise<void> {
    await this.#parts.layer.asOwner(fullName, 'PATCH', `/issues/${issue}`, { state: 'closed' })
    await this.#issueTold('closed', issue)
  }

  /** Writes a comment as a user; resolves when its webhook was delivered. */
  async comment(fullName: string, issue: number, login: string, body: string): Promise<number> {
    const path = `/repos/${fullName}/issues/${issue}/comments`
    const made = await this.#parts.layer.backing.as<{ id: number }>(login, 'POST', path, { body })
    await this.#told('issue_comment', (payload) => (payload.comment as Fields).id === made.id)
    return made.id
  }

  /** Contents of the reactions to a comment. */
  reactions = (fullName: string, commentId: number): readonly string[] =>
    this.#parts.access.reactions(fullName, commentId)

  /** Opens a pull request with these files and, unless told not to, merges it into `main`. */
  async pullRequest(
    fullName: string,
    what: { title: string; files: Files; branch: string; merge?: boolean },
  ): Promise<{ number: number; sha: string }> {
    const { layer } = this.#parts
    const how = { message: what.title, branch: what.branch, from: 'main' }
    const sha = await this.commitFiles(fullName, what.files, how)
    const number = await openPull(layer, fullName, what)
    return { number, sha: what.merge === false ? sha : await mergePull(layer, fullName, number) }
  }

  mergePullRequest = (fullName: string, number: number): Promise<string> =>
    mergePull(this.#parts.layer, fullName, number)

  /** Every issue of a repository, oldest first. */
  async issues(fullName: string): Promise<readonly IssueView[]> {
    const all = await readIssues(this.#parts.layer, fullName)
    return all.filter(({ number }) => !this.edits.isGone(fullName, number))
  }

  /** An issue as a person reads it. */
  issue = (fullName: string, number: number): Promise<IssueView> =>
    readIssue(this.#parts.layer, fullName, number)

  /** Comments of an issue or pull request, oldest first. */
  comments = (fullName: string, number: number): Promise<readonly CommentView[]> =>
    readComments(this.#parts.layer, fullName, number)

  /** Deployments of a repository, oldest first. */
  deployments = (fullName: string): readonly DeploymentView[] => this.#parts.deployments.of(fullName)

  checkRuns = (fullName: string, sha: string): Promise<readonly CheckRunView[]> =>
    readCheckRuns(this.#parts.layer, fullName, sha)

  /** Runs so far, oldest first. */
  runs = (): readonly Run[] => [...this.#parts.actions.runs.values()]

  /** Ends a run that is held. */
  endRun = (run: Run, conclusion: 'success' | 'failure'): Promise<void> =>
    this.#parts.actions.end(run, { conclusion, jobs: [] })

  /** What a run has printed so far. */
  log = (runId: number): string => this.#parts.pool.log(runId)

  /** A token as a job of a repository's workflow would get it; `claims` says what is different. */
  async identityToken(
    fullName: string,
    options: { audience: string; workflow?: string; claims?: Partial<JobClaims> },
  ): Promise<string> {
    const claims = await claimsOfJob(this.#parts.layer, fullName, options)
    return this.#parts.issuer.sign(claims, options.audience)
  }

  /** Waits until no workflow runs and no webhook and no request is under way. */
  async settled(): Promise<void> {
    await this.#parts.actions.settled()
    await this.#parts.webhooks.settled()
    await this.#parts.wire.settled()
  }

  /** Kills the workflows, stops delivering and frees the port. */
  async stop(): Promise<void> {
    const { pool, actions, webhooks, server, guard, layer } = this.#parts
    webhooks.receiver(null)
    pool.stop()
    await this.settled()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await Promise.all([guard.close(), layer.backing.close(), actions.settled()])
  }

  #issueTold(action: string, issue: number): Promise<unknown> {
    const is = (payload: Fields) => payload.action === action && (payload.issue as Fields).number === issue
    return this.#told('issues', is)
  }

  #told(event: string, is: (payload: Fields) => boolean): Promise<unknown> {
    return this.#parts.webhooks.delivered((delivery) => delivery.event === event && is(delivery.payload))
  }
}
