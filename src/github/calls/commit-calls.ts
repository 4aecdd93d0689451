import type { Octokit } from '@octokit/core'
import type { CommitMarker, Repository } from '../../ports/forge.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

type Check = Parameters<CommitMarker['putCheckRun']>[1]
type Deployment = Parameters<CommitMarker['putDeployment']>[1]

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && error.status === 404
const iso = (at: number): string => new Date(at).toISOString()

function checkFields(check: Check) {
  const { name, title, summary, url, key, conclusion } = check
  const ended =
    conclusion === null ? null : { conclusion, completed_at: iso(check.completedAt ?? check.startedAt) }
  return {
    name,
    details_url: url,
    external_id: key,
    started_at: iso(check.startedAt),
    output: { title, summary },
    ...(ended === null ? { status: 'in_progress' as const } : { status: 'completed' as const, ...ended }),
  }
}

async function editCheck(octokit: Octokit, repository: Repository, id: number, check: Check) {
  await octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
    ...pathOf(repository),
    check_run_id: id,
    ...checkFields(check),
  })
  return { id }
}

async function findCheck(octokit: Octokit, repository: Repository, check: Check): Promise<number | null> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...pathOf(repository),
    ref: check.commit,
    check_name: check.name,
    per_page: 100,
  })
  const found = data.check_runs.find(({ external_id }) => external_id === check.key)
  return found === undefined ? null : Number(found.id)
}

async function putCheck(octokit: Octokit, repository: Repository, check: Check) {
  if (check.knownId !== null) {
    try {
      return await editCheck(octokit, repository, check.knownId, check)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  const found = await findCheck(octokit, repository, check)
  if (found !== null) return editCheck(octokit, repository, found, check)
  const { data } = await octokit.request('POST /repos/{owner}/{repo}/check-runs', {
    ...pathOf(repository),
    head_sha: check.commit,
    ...checkFields(check),
  })
  return { id: Number(data.id) }
}

/** GitHub gives a payload back as it was sent, or as JSON text; others write what they like there. */
function carriesKey(payload: unknown, key: string): boolean {
  if (typeof payload === 'string') return payload === JSON.stringify({ slipway: key })
  return typeof payload === 'object' && payload !== null && 'slipway' in payload && payload.slipway === key
}

async function deploymentOf(octokit: Octokit, repository: Repository, wanted: Deployment): Promise<number> {
  const { commit, key, environment, description } = wanted
  const path = pathOf(repository)
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/deployments', {
    ...path,
    sha: commit,
    environment,
    per_page: 100,
  })
  const found = data.find(({ payload }) => carriesKey(payload, key))
  if (found !== undefined) return Number(found.id)
  const made = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
    ...path,
    ref: commit,
    task: 'deploy',
    auto_merge: false,
    // Gates judge the release; a red or missing check of the commit must not keep GitHub from showing it.
    required_contexts: [],
    payload: { slipway: key },
    environment,
    description,
    production_environment: wanted.everybody,
  })
  if (made.status !== 201) throw new Error('GitHub merged instead of making a deployment')
  return Number(made.data.id)
}

async function setState(octokit: Octokit, repository: Repository, id: number, wanted: Deployment) {
  await octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
    ...pathOf(repository),
    deployment_id: id,
    state: wanted.state,
    description: wanted.description,
    environment_url: wanted.url,
    log_url: wanted.url,
  })
  return { id }
}

async function put(octokit: Octokit, repository: Repository, wanted: Deployment) {
  if (wanted.knownId !== null) {
    try {
      return await setState(octokit, repository, wanted.knownId, wanted)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  return setState(octokit, repository, await deploymentOf(octokit, repository, wanted), wanted)
}

/** The part of the forge that says on a commit how far its release is: check run and deployments. */
export function commitCalls(connection: Connection): Omit<CommitMarker, 'checksOf'> {
  return {
    reviewDeployment: (repository, runId, { environment, answer, comment }) =>
      connection.asInstallation(scopeOf(repository, { deployments: 'write' }), async (octokit) => {
        await octokit.request('POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule', {
          ...pathOf(repository),
          run_id: runId,
          environment_name: environment,
          ...(answer !== null && { state: answer }),
          comment,
        })
      }),
    putCheckRun: (repository, check) =>
      connection.asInstallation(scopeOf(repository, { checks: 'write' }), (octokit) =>
        putCheck(octokit, repository, check),
      ),
    putDeployment: (repository, deployment) =>
      connection.asInstallation(scopeOf(repository, { deployments: 'write' }), (octokit) =>
        put(octokit, repository, deployment),
      ),
  }
}
