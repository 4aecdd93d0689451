import type { Forge, Forged, ForgeFailure, Repository, WorkflowRun } from '../../src/ports/forge.ts'

export interface FakeRepository extends Repository {
  /** Text by path, on every ref. */
  readonly files: Map<string, string>
  /** Commit by tag. */
  readonly tags: Map<string, string>
  /** Tags whose release somebody deleted. */
  readonly withoutRelease: Set<string>
}

/** GitHub in our words and in memory: repositories with files, tags and runs, and failures on demand. */
export interface FakeForge {
  readonly forge: Forge
  readonly repositories: Map<string, FakeRepository>
  readonly runs: Map<string, WorkflowRun>
  /** Every call as `method argument`, to count them. */
  readonly calls: string[]
  /** Decides before each call whether it fails; null: it works. */
  failing: (call: string) => ForgeFailure | null
  add(id: string, fullName: string, files?: Readonly<Record<string, string>>): FakeRepository
  run(repositoryId: string, runId: number, run: Partial<WorkflowRun>): void
}

export const broken: ForgeFailure = { kind: 'broken', message: '502: bad gateway', retryAt: null }
export const gone: ForgeFailure = { kind: 'gone', message: '404: not found', retryAt: null }

export function createFakeForge(): FakeForge {
  const fake: FakeForge = {
    forge: {} as Forge,
    repositories: new Map(),
    runs: new Map(),
    calls: [],
    failing: () => null,
    add(id, fullName, files = {}) {
      const repository: FakeRepository = {
        id,
        fullName,
        private: false,
        defaultBranch: 'main',
        installationId: 1,
        files: new Map(Object.entries(files)),
        tags: new Map([['v1.1.0', 'head']]),
        withoutRelease: new Set(),
      }
      fake.repositories.set(id, repository)
      return repository
    },
    run(repositoryId, runId, run) {
      fake.runs.set(`${repositoryId}/${runId}`, {
        id: runId,
        attempt: 1,
        status: 'completed',
        conclusion: 'success',
        headSha: 'c0ffee',
        title: 'canary',
        url: `https://forge.test/${runId}`,
        repositoryId,
        ...run,
      })
    },
  }
  Object.assign(fake.forge, { ...reading(fake), ...unused() })
  return fake
}

function answering(fake: FakeForge) {
  return async <T>(call: string, find: () => T | undefined): Promise<Forged<T>> => {
    fake.calls.push(call)
    const failure = fake.failing(call)
    if (failure !== null) return { ok: false, failure }
    const value = find()
    return value === undefined ? { ok: false, failure: gone } : { ok: true, value }
  }
}

function reading(
  fake: FakeForge,
): Pick<
  Forge,
  | 'repositories'
  | 'repository'
  | 'file'
  | 'run'
  | 'findRun'
  | 'commitOf'
  | 'commitOfTag'
  | 'hasRelease'
  | 'publishedAdvisories'
  | 'permission'
> {
  const answer = answering(fake)
  const all = () => [...fake.repositories.values()]
  return {
    repositories: () => answer('repositories', all),
    repository: (name) =>
      answer(`repository ${name}`, () => all().find((one) => one.id === name || one.fullName === name)),
    file: (repository, path) =>
      answer(
        `file ${repository.fullName} ${path}`,
        () => fake.repositories.get(repository.id)?.files.get(path) ?? null,
      ),
    run: (repository, runId) =>
      answer(`run ${repository.fullName} ${runId}`, () => fake.runs.get(`${repository.id}/${runId}`)),
    findRun: (repository, workflow, marker) =>
      answer(
        `find run ${repository.fullName} ${workflow}`,
        () =>
          [...fake.runs.values()].find(
            (run) => run.repositoryId === repository.id && run.title.includes(marker),
          )?.id ?? null,
      ),
    commitOf: (repository, branch) =>
      answer(`commit ${repository.fullName} ${branch}`, () =>
        branch === repository.defaultBranch ? 'head' : undefined,
      ),
    commitOfTag: (repository, tag) =>
      answer(`commit of tag ${repository.fullName} ${tag}`, () =>
        fake.repositories.get(repository.id)?.tags.get(tag),
      ),
    hasRelease: (repository, tag) =>
      answer(
        `release ${repository.fullName} ${tag}`,
        () => fake.repositories.get(repository.id)?.withoutRelease.has(tag) === false,
      ),
    publishedAdvisories: ({ fullName }) => answer(`advisories ${fullName}`, () => []),
    permission: () => answer('permission', () => 'write' as const),
  }
}

/** What only effects call: the engine must not, so a call is a failing test. */
function unused(): Pick<
  Forge,
  | 'dispatch'
  | 'reviewDeployment'
  | 'createIssue'
  | 'openIssues'
  | 'issue'
  | 'updateIssue'
  | 'upsertComment'
  | 'react'
  | 'pullRequestsBetween'
> {
  const never = async (): Promise<never> => {
    throw new Error('the engine writes to the forge through the effector only')
  }
  return {
    dispatch: never,
    reviewDeployment: never,
    createIssue: never,
    openIssues: never,
    issue: never,
    updateIssue: never,
    upsertComment: never,
    react: never,
    pullRequestsBetween: never,
  }
}
