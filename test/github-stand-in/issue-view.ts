import type { Layer } from './layer.ts'

/** An issue as a person reads it. */
export interface IssueView {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: string
  readonly labels: readonly string[]
  readonly comments: readonly CommentView[]
}

export interface CommentView {
  readonly id: number
  readonly login: string
  readonly body: string
}

interface IssueFields {
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly state: string
  readonly labels: readonly (string | { readonly name: string })[]
  readonly pull_request?: unknown
}

interface CommentFields {
  readonly id: number
  readonly body: string
  readonly user: { readonly login: string }
}

/** Comments of an issue or pull request, oldest first. */
export async function readComments(layer: Layer, fullName: string, number: number): Promise<CommentView[]> {
  const path = `/issues/${number}/comments?per_page=100`
  const found = await layer.asOwner<CommentFields[]>(fullName, 'GET', path)
  return found.map((comment) => ({ id: comment.id, login: comment.user.login, body: comment.body }))
}

async function viewOf(layer: Layer, fullName: string, issue: IssueFields): Promise<IssueView> {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    state: issue.state,
    labels: issue.labels.map((label) => (typeof label === 'string' ? label : label.name)),
    comments: await readComments(layer, fullName, issue.number),
  }
}

export async function readIssue(layer: Layer, fullName: string, number: number): Promise<IssueView> {
  return viewOf(layer, fullName, await layer.asOwner<IssueFields>(fullName, 'GET', `/issues/${number}`))
}

/** Every issue of a repository, oldest first; pull requests are left out. */
export async function readIssues(layer: Layer, fullName: string): Promise<IssueView[]> {
  const path = '/issues?state=all&per_page=100&sort=created&direction=asc'
  const found = await layer.asOwner<IssueFields[]>(fullName, 'GET', path)
  const own = found.filter((issue) => issue.pull_request === undefined)
  return Promise.all(own.map((issue) => viewOf(layer, fullName, issue)))
}

/** A check run as a person reads it. */
export interface CheckRunView {
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly title: string
  readonly summary: string
}

interface CheckRunFields extends Omit<CheckRunView, 'title' | 'summary'> {
  readonly output: { readonly title: string; readonly summary: string }
}

export async function readCheckRuns(layer: Layer, fullName: string, sha: string): Promise<CheckRunView[]> {
  const path = `/commits/${sha}/check-runs`
  const found = await layer.asOwner<{ check_runs: CheckRunFields[] }>(fullName, 'GET', path)
  return found.check_runs.map(({ name, status, conclusion, output }) => ({
    name,
    status,
    conclusion,
    title: output.title,
    summary: output.summary,
  }))
}
