import type { Permission } from '../../src/gates/policy.ts'
import type { WorkflowRun } from '../../src/ports/forge.ts'
import type { RolloutId } from '../../src/rollout/history/event.ts'

/** A delivery on its way from GitHub to the server. */
export interface Post {
  readonly guid: string
  readonly event: string
  readonly payload: object
  readonly dueAt: number
}

export interface PaperIssue {
  readonly number: number
  title: string
  body: string
  labels: readonly string[]
  state: 'open' | 'closed'
  updatedAt: number
  readonly byBot: boolean
  readonly comments: Map<number, { body: string; readonly byBot: boolean }>
}

/** A run that somebody's workflow was started for. */
export interface PaperRun extends WorkflowRun {
  readonly workflow: string
  readonly task: {
    readonly rollout: RolloutId
    readonly try: number
    readonly arm: 'both' | 'candidate' | 'baseline'
    readonly nonce: string
  }
}

export interface PaperRepository {
  readonly id: string
  readonly fullName: string
  readonly files: Map<string, string>
  readonly issues: Map<number, PaperIssue>
  /** Whether the App may be used there. */
  installed: boolean
}

/** Everything GitHub remembers. It outlives every process of the server; what it tells is written into `posts`. */
export class PaperGithub {
  readonly repositories = new Map<string, PaperRepository>()
  readonly runs = new Map<number, PaperRun>()
  readonly checkRuns: { readonly id: number; readonly key: string; conclusion: string | null }[] = []
  readonly deployments: { readonly id: number; readonly key: string; state: string }[] = []
  readonly checks = new Map<string, 'pending' | 'success' | 'failure'>()
  readonly reactions = new Map<number, Set<string>>()
  readonly permissions: Record<string, Permission> = { ada: 'maintain', wim: 'write', sam: 'read' }
  /** What happened and is to be told; the network takes it from here. */
  readonly told: { readonly event: string; readonly payload: object }[] = []
  private numbers = 100
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  next(): number {
    this.numbers += 1
    return this.numbers
  }

  addRepository(id: string, fullName: string, files: Readonly<Record<string, string>>): PaperRepository {
    const repository: PaperRepository = {
      id,
      fullName,
      files: new Map(Object.entries(files)),
      issues: new Map(),
      installed: true,
    }
    this.repositories.set(id, repository)
    return repository
  }

  tell(event: string, repository: PaperRepository, payload: object): void {
    const { id, fullName: full_name } = repository
    const told = { id: Number(id), full_name, private: false, default_branch: 'main' }
    this.told.push({ event, payload: { ...payload, repository: told, installation: { id: 1 } } })
  }

  openIssue(
    repository: PaperRepository,
    issue: Pick<PaperIssue, 'title' | 'body' | 'labels' | 'byBot'>,
  ): PaperIssue {
    const number = this.next()
    const opened: PaperIssue = {
      ...issue,
      number,
      state: 'open',
      updatedAt: this.second(),
      comments: new Map(),
    }
    repository.issues.set(number, opened)
    this.tellIssue(repository, opened, 'opened', issue.byBot)
    return opened
  }

  change(
    repository: PaperRepository,
    issue: PaperIssue,
    change: Partial<Pick<PaperIssue, 'title' | 'body' | 'labels' | 'state'>>,
    { action, byBot }: { readonly action: string; readonly byBot: boolean },
  ): void {
    Object.assign(issue, change)
    issue.updatedAt = this.second()
    this.tellIssue(repository, issue, action, byBot)
  }

  /** A person's comment. */
  comment(repository: PaperRepository, issue: PaperIssue, login: string, body: string): number {
    const id = this.next()
    issue.comments.set(id, { body, byBot: false })
    const user = { login, type: 'User' }
    this.tell('issue_comment', repository, {
      action: 'created',
      comment: { id, body, user, created_at: new Date(this.second()).toISOString() },
      issue: { number: issue.number },
      sender: user,
    })
    return id
  }

  finishRun(run: PaperRun, conclusion: string): void {
    this.runs.set(run.id, { ...run, status: 'completed', conclusion })
    const repository = this.repositories.get(run.repositoryId)
    if (repository === undefined) return
    this.tell('workflow_run', repository, { action: 'completed', workflow_run: { id: run.id } })
  }

  private tellIssue(repository: PaperRepository, issue: PaperIssue, action: string, byBot: boolean): void {
    const { number, title, state, updatedAt } = issue
    const labels = issue.labels.map((name) => ({ name }))
    const updated_at = new Date(updatedAt).toISOString()
    this.tell('issues', repository, {
      action,
      issue: { number, title, state, updated_at, labels },
      sender: { login: byBot ? 'slipway[bot]' : 'ada', type: byBot ? 'Bot' : 'User' },
    })
  }

  /** GitHub's times are whole seconds. */
  private second(): number {
    return Math.floor(this.now() / 1000) * 1000
  }
}
