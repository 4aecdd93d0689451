import type { Artifact, Run } from './actions.ts'
import type { Fields, RepositoryFields } from './layer.ts'
import type { JobRecord } from './runner/order.ts'

const started = '2026-01-01T00:00:00Z'

/** A workflow as the API and webhooks show it. */
export function workflowPart(
  origin: string,
  repository: RepositoryFields,
  workflow: { readonly id: number; readonly path: string; readonly name: string },
): Fields {
  const file = workflow.path.split('/').at(-1)
  const html = `${origin}/${repository.full_name}`
  return {
    id: workflow.id,
    node_id: `W_${workflow.id}`,
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: started,
    updated_at: started,
    url: `${repository.url}/actions/workflows/${workflow.id}`,
    html_url: `${html}/blob/${repository.default_branch}/${workflow.path}`,
    badge_url: `${html}/actions/workflows/${file}/badge.svg`,
  }
}

/** A run as the API and webhooks show it. Neither has the inputs, as on GitHub. */
export function runPart(origin: string, run: Run): Fields {
  const url = `${run.repository.url}/actions/runs/${run.id}`
  return {
    id: run.id,
    name: run.workflow.name,
    node_id: `WFR_${run.id}`,
    check_suite_id: run.id + 1,
    check_suite_node_id: `CS_${run.id + 1}`,
    head_branch: run.branch,
    head_sha: run.sha,
    path: run.workflow.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow.id,
    url,
    html_url: `${origin}/${run.repository.full_name}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor: run.actor,
    triggering_actor: run.actor,
    run_attempt: run.attempt,
    run_started_at: run.startedAt,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${run.repository.url}/check-suites/${run.id + 1}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${run.repository.url}/actions/workflows/${run.workflow.id}`,
    head_commit: run.commit,
    repository: run.repository,
    head_repository: run.repository,
    referenced_workflows: [],
  }
}

/** A job of a run; its id is the run's id and the job's place. */
export function jobPart(origin: string, run: Run, job: JobRecord, index: number): Fields {
  const id = run.id * 100 + index
  return {
    id,
    run_id: run.id,
    run_url: `${run.repository.url}/actions/runs/${run.id}`,
    run_attempt: run.attempt,
    node_id: `CR_${id}`,
    head_sha: run.sha,
    head_branch: run.branch,
    workflow_name: run.workflow.name,
    url: `${run.repository.url}/actions/jobs/${id}`,
    html_url: `${origin}/${run.repository.full_name}/actions/runs/${run.id}/job/${id}`,
    check_run_url: `${run.repository.url}/check-runs/${id}`,
    name: job.name,
    status: 'completed',
    conclusion: job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'stand-in',
    runner_group_id: 1,
    runner_group_name: 'stand-in',
    steps: job.steps.map((step) => ({
      name: step.name,
      number: step.number,
      status: 'completed',
      conclusion: step.conclusion,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
  }
}

export function artifactPart(origin: string, run: Run, artifact: Artifact): Fields & { name: string } {
  const url = `${origin}/repos/${run.repository.full_name}/actions/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: `A_${artifact.id}`,
    name: artifact.name,
    size_in_bytes: artifact.zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: null,
    workflow_run: {
      id: run.id,
      repository_id: run.repository.id,
      head_repository_id: run.repository.id,
      head_branch: run.branch,
      head_sha: run.sha,
    },
  }
}
