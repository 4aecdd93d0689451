import type { Run } from './actions.ts'
import { headOf } from './contents.ts'
import type { Layer, RepositoryFields } from './layer.ts'
import type { JobClaims } from './oidc.ts'

/** What claims are made from. */
export interface JobFacts {
  readonly repository: RepositoryFields
  readonly workflow: { readonly name: string; readonly path: string }
  readonly run: { readonly id: number; readonly number: number; readonly attempt: number }
  readonly event: string
  readonly branch: string
  readonly sha: string
  readonly actor: { readonly login: string; readonly id: number }
  readonly environment: string | null
}

/** The claims of a job's token, as GitHub documents them. */
export function claimsOf(facts: JobFacts): JobClaims {
  const { repository, workflow, run } = facts
  const ref = `refs/heads/${facts.branch}`
  const workflowRef = `${repository.full_name}/${workflow.path}@${ref}`
  return {
    repository: repository.full_name,
    repository_id: String(repository.id),
    repository_owner: repository.owner.login,
    repository_owner_id: String(repository.owner.id),
    repository_visibility: repository.private ? 'private' : 'public',
    workflow: workflow.name,
    workflow_ref: workflowRef,
    workflow_sha: facts.sha,
    job_workflow_ref: workflowRef,
    job_workflow_sha: facts.sha,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    event_name: facts.event,
    ref,
    ref_type: 'branch',
    ref_protected: 'false',
    sha: facts.sha,
    actor: facts.actor.login,
    actor_id: String(facts.actor.id),
    base_ref: '',
    head_ref: '',
    runner_environment: 'github-hosted',
    ...(facts.environment === null ? {} : { environment: facts.environment }),
  }
}

export function claimsOfRun(run: Run, environment: string | null): JobClaims {
  const actor = { login: String(run.actor.login), id: Number(run.actor.id) }
  return claimsOf({ ...run, run, actor, environment })
}

/** The claims of a job on the head of `main`; `claims` says what is different. */
export async function claimsOfJob(
  layer: Layer,
  fullName: string,
  options: { readonly workflow?: string; readonly claims?: Partial<JobClaims> },
): Promise<JobClaims> {
  const repository = await layer.repository(fullName)
  const claims = claimsOf({
    repository,
    workflow: { name: 'release', path: options.workflow ?? '.github/workflows/release.yml' },
    run: { id: 1, number: 1, attempt: 1 },
    event: 'push',
    branch: 'main',
    sha: (await headOf(layer, fullName, 'main')) ?? '0'.repeat(40),
    actor: repository.owner,
    environment: null,
  })
  return { ...claims, ...options.claims }
}
