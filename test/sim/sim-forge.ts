import type { Forge, Forged, ForgeFailure, IssueKeeper, Repository } from '../../src/ports/forge.ts'
import type { PaperGithub, PaperIssue, PaperRepository, PaperRun } from './paper-github.ts'

export interface SimForgeOptions {
  readonly github: PaperGithub
  /** What goes wrong with this call: nothing, before it is done, or after. Drawn by its name. */
  readonly fate: (call: string) => 'fine' | 'refused' | 'cut-off' | 'limited'
  readonly now: () => number
  /** A wrong adapter that looks for no marker before it posts. */
  readonly blind: boolean
}

const gone: ForgeFailure = { kind: 'gone', message: '404: not found', retryAt: null }
const broken: ForgeFailure = { kind: 'broken', message: '502: bad gateway', retryAt: null }
const minuteMs = 60_000

/** GitHub behind the forge port, with the adapter's own promises: markers are looked for before a post. */
export function createSimForge(options: SimForgeOptions): Forge {
  const call = calling(options)
  return {
    ...readingForge(options, call),
    ...issueForge(options, call),
    ...workflowForge(options, call),
    ...releaseForge(options, call),
  }
}

const missing = Symbol('404')
type Call = <T>(name: string, work: () => T | typeof missing) => Promise<Forged<T>>

function calling({ fate, now }: SimForgeOptions): Call {
  return async (name, work) => {
    const how = fate(name)
    if (how === 'refused') return { ok: false, failure: broken }
    if (how === 'limited') {
      const failure = { kind: 'limited', message: '403: rate limit', retryAt: now() + minuteMs } as const
      return { ok: false, failure }
    }
    const value = work()
    if (how === 'cut-off') return { ok: false, failure: broken }
    return value === missing ? { ok: false, failure: gone } : { ok: true, value }
  }
}

function seen(repository: PaperRepository): Repository {
  const { id, fullName } = repository
  return { id, fullName, private: false, defaultBranch: 'main', installationId: 1 }
}

type Reading =
  | 'repositories'
  | 'repository'
  | 'file'
  | 'permission'
  | 'commitOf'
  | 'commitOfTag'
  | 'hasRelease'
  | 'publishedAdvisories'
  | 'checksOf'
  | 'openPullRequests'
  | 'pullRequestFiles'
  | 'pullRequestsBetween'

function readingForge({ github }: SimForgeOptions, call: Call): Pick<Forge, Reading> {
  const all = () => [...github.repositories.values()].filter(({ installed }) => installed)
  return {
    repositories: () => call('repositories', () => all().map(seen)),
    repository: (name) =>
      call(`repository ${name}`, () => {
        const found = all().find(({ id, fullName }) => id === name || fullName === name)
        return found === undefined ? missing : seen(found)
      }),
    file: ({ id }, path) =>
      call(`file ${id} ${path}`, () => github.repositories.get(id)?.files.get(path) ?? null),
    permission: (_, login) => call(`permission ${login}`, () => github.permissions[login] ?? 'none'),
    commitOf: (_, ref) => call(`commit ${ref}`, () => commitOf(ref)),
    commitOfTag: (_, tag) => call(`commit of tag ${tag}`, () => commitOf(tag)),
    publishedAdvisories: ({ fullName }) => call(`advisories ${fullName}`, () => []),
    hasRelease: (_, tag) => call(`release ${tag}`, () => true),
    checksOf: (_, commit) =>
      call(`checks ${commit}`, () => {
        const state = github.checks.get(commit)
        return state === undefined ? [] : [{ name: 'ci', state, url: null }]
      }),
    openPullRequests: ({ id }) => call(`pulls ${id}`, () => []),
    pullRequestFiles: ({ id }, number) => call(`pull files ${id} ${number}`, () => []),
    pullRequestsBetween: ({ id }) => call(`pulls between ${id}`, () => []),
  }
}

/** Every tag has a commit of its own. */
export function commitOf(ref: string): string {
  return ref === 'main' ? 'head' : ref.replace(/\W/g, '').padEnd(40, '0')
}

type Issues = keyof IssueKeeper

function issueForge({ github, blind }: SimForgeOptions, call: Call): Pick<Forge, Issues> {
  const issuesOf = (id: string) => github.repositories.get(id)?.issues ?? new Map<number, PaperIssue>()
  const repositoryOf = (id: string) => github.repositories.get(id) as PaperRepository
  const url = (id: string, number: number) => `https://github.test/${id}/issues/${number}`
  return {
    createIssue: ({ id }, issue) =>
      call(`create issue ${id} ${issue.marker}`, () => {
        const found = [...issuesOf(id).values()].find(({ body }) => body.includes(issue.marker))
        const { title, body, labels } = issue
        const number =
          found !== undefined && !blind
            ? found.number
            : github.openIssue(repositoryOf(id), { title, body, labels, byBot: true }).number
        return { number, url: url(id, number), found: found !== undefined }
      }),
    openIssues: ({ id }, label) =>
      call(`open issues ${id} ${label}`, () =>
        [...issuesOf(id).values()].filter(({ labels, state }) => state === 'open' && labels.includes(label)),
      ),
    issue: ({ id }, number) =>
      call(`issue ${id} ${number}`, () => {
        const issue = issuesOf(id).get(number)
        if (issue === undefined) return missing
        const { title, body, labels, state, updatedAt } = issue
        return { title, body, labels, open: state === 'open', updatedAt }
      }),
    updateIssue: ({ id }, number, change) =>
      call(`edit issue ${id} ${number}`, () => {
        const issue = issuesOf(id).get(number)
        if (issue === undefined) return missing
        github.change(repositoryOf(id), issue, change, { action: 'edited', byBot: true })
      }),
    upsertComment: ({ id }, number, { body, marker, knownId }) =>
      call(`comment ${id} ${marker}`, () => {
        const comments = issuesOf(id).get(number)?.comments
        if (comments === undefined) return missing
        const known = comments.has(knownId ?? 0) ? knownId : null
        const found = known ?? [...comments].find(([, comment]) => comment.body.includes(marker))?.[0]
        const comment = known ?? (blind ? null : found) ?? github.next()
        comments.set(comment, { body, byBot: true })
        return { id: comment }
      }),
    hasComment: ({ id }, issue, comment) =>
      call(`comment of ${id}`, () => issuesOf(id).get(issue)?.comments.has(comment) === true),
    react: (_, comment, reaction) =>
      call(`react ${comment}`, () => {
        github.reactions.set(comment, (github.reactions.get(comment) ?? new Set<string>()).add(reaction))
      }),
  }
}

function workflowForge({ github }: SimForgeOptions, call: Call): Pick<Forge, 'dispatch' | 'run' | 'findRun'> {
  // As the adapter: only this process knows which of its own starts went nobody knows where.
  const unsure = new Set<string>()
  const named = (marker: string) => [...github.runs.values()].find(({ title }) => title.includes(marker))
  return {
    async dispatch(repository, workflow, _ref, inputs, marker = '') {
      const started = await call(`dispatch ${repository.id} ${marker}`, () => {
        if (github.repositories.get(repository.id)?.installed !== true) return missing
        const known = unsure.has(marker) ? named(marker) : undefined
        const run = known ?? startRun(github, repository.id, workflow, marker, inputs.slipway ?? '{}')
        return { runId: run.id, url: run.url }
      })
      if (!started.ok && started.failure.kind === 'broken') unsure.add(marker)
      return started
    },
    run: ({ id }, runId) => call(`run ${id} ${runId}`, () => github.runs.get(runId) ?? missing),
    findRun: ({ id }, _, marker) => call(`find run ${id} ${marker}`, () => named(marker)?.id ?? null),
  }
}

function startRun(
  github: PaperGithub,
  repositoryId: string,
  workflow: string,
  title: string,
  input: string,
): PaperRun {
  const id = github.next()
  const run: PaperRun = {
    id,
    attempt: 1,
    status: 'queued',
    conclusion: null,
    headSha: 'c0ffee',
    title,
    url: `https://github.test/runs/${id}`,
    repositoryId,
    workflow,
    task: JSON.parse(input),
  }
  github.runs.set(id, run)
  return run
}

function releaseForge(
  { github, blind }: SimForgeOptions,
  call: Call,
): Pick<Forge, 'putCheckRun' | 'putDeployment' | 'reviewDeployment'> {
  return {
    reviewDeployment: (_, run) => call(`review ${run}`, () => undefined),
    putCheckRun: (_, { key, conclusion, knownId }) =>
      call(`check ${key}`, () => {
        const found = github.checkRuns.find((one) => one.id === knownId || (one.key === key && !blind))
        const check = found ?? { id: github.next(), key, conclusion }
        if (found === undefined) github.checkRuns.push(check)
        check.conclusion = conclusion
        return { id: check.id }
      }),
    putDeployment: (_, { key, state, knownId }) =>
      call(`deployment ${key}`, () => {
        const found = github.deployments.find((one) => one.id === knownId || (one.key === key && !blind))
        const deployment = found ?? { id: github.next(), key, state }
        if (found === undefined) github.deployments.push(deployment)
        deployment.state = state
        return { id: deployment.id }
      }),
  }
}
