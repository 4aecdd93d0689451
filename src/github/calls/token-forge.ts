import type { Octokit } from '@octokit/core'
import type { Clock } from '../../ports/clock.ts'
import type { Forge, Forged, Repository } from '../../ports/forge.ts'
import { advisoryCalls } from './advisory-calls.ts'
import { checkCalls } from './checks.ts'
import { commitCalls } from './commit-calls.ts'
import type { Connection } from './connection.ts'
import { forgedBy } from './forge-failure.ts'
import { issueCalls } from './issues.ts'
import { pullRequestCalls } from './pull-requests.ts'
import { repositoryCalls } from './repositories.ts'
import { createRequestQueue } from './request-queue.ts'
import { workflowCalls } from './workflows.ts'

/** Whose tokens speak where: the job's own in its repository, another one (or the same) elsewhere. */
export interface TokenForgeOptions {
  readonly own: { readonly id: string; readonly fullName: string; readonly octokit: Octokit }
  readonly elsewhere: Octokit
  /** Full names of the other repositories that are asked: canaries that the policy names. */
  readonly others: readonly string[]
  readonly clock: Clock
  /** Spreads requests over time; off only where the other side is not GitHub. */
  readonly throttle: boolean
}

/** There is no App, so nothing has an installation. */
const noInstallation = 0

/** GitHub behind the forge port without an App: with the token of a workflow's job. */
export function createTokenForge(options: TokenForgeOptions): Forge {
  const { own, elsewhere, others } = options
  const connection = tokenConnection(options)
  const byId = new Map<string, Repository>()

  async function byName(fullName: string): Promise<Forged<Repository>> {
    const [owner = '', repo = ''] = fullName.split('/')
    const octokit = fullName.toLowerCase() === own.fullName.toLowerCase() ? own.octokit : elsewhere
    const call = () => octokit.request('GET /repos/{owner}/{repo}', { owner, repo })
    const found = await connection.asApp(call)
    if (!found.ok) return found
    const { id, full_name: name, private: isPrivate, default_branch: defaultBranch } = found.value.data
    const repository = {
      id: String(id),
      fullName: name,
      private: isPrivate,
      defaultBranch,
      installationId: noInstallation,
    }
    byId.set(repository.id, repository)
    return { ok: true, value: repository }
  }

  async function all(): Promise<Forged<readonly Repository[]>> {
    const found: Repository[] = []
    for (const name of [own.fullName, ...others]) {
      const one = await byName(name)
      if (one.ok) found.push(one.value)
      else if (one.failure.kind !== 'gone' && one.failure.kind !== 'forbidden') return one
    }
    return { ok: true, value: found }
  }

  return {
    ...repositoryCalls(connection),
    ...workflowCalls(connection),
    ...checkCalls(connection),
    ...issueCalls(connection),
    ...pullRequestCalls(connection),
    ...commitCalls(connection),
    ...advisoryCalls(connection),
    repositories: all,
    async repository(nameOrId) {
      if (nameOrId.includes('/')) return byName(nameOrId)
      const known = byId.get(nameOrId)
      if (known !== undefined) return { ok: true, value: known }
      if (nameOrId === own.id) return byName(own.fullName)
      const listed = await all()
      if (!listed.ok) return listed
      const found = byId.get(nameOrId)
      if (found !== undefined) return { ok: true, value: found }
      const message = `no repository that the policy names has the id ${nameOrId}`
      return { ok: false, failure: { kind: 'gone', message, retryAt: null } }
    },
  }
}

function tokenConnection({ own, elsewhere, clock, throttle }: TokenForgeOptions): Connection {
  const queue = createRequestQueue(clock, throttle)
  for (const octokit of new Set([own.octokit, elsewhere])) {
    octokit.hook.wrap('request', (request, options) =>
      queue.send({ group: 'token', method: options.method, path: options.url }, async () => request(options)),
    )
  }
  return {
    clock,
    asApp: (call) => forgedBy(clock, () => call(elsewhere)),
    asInstallation: (scope, call) =>
      forgedBy(clock, () => call(String(scope.repositoryId) === own.id ? own.octokit : elsewhere)),
  }
}
