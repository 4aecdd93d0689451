import type { Octokit } from '@octokit/core'
import type { Forged, Repository, WorkflowRun, WorkflowRunner } from '../../ports/forge.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

interface Asked {
  readonly repository: Repository
  readonly workflow: string
  readonly ref: string
  readonly inputs: Readonly<Record<string, string>>
}

type Started = { readonly runId: number | null; readonly url: string | null }

const route = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches' as const

async function post(octokit: Octokit, asked: Asked, details: boolean): Promise<Started> {
  const { data } = await octokit.request(route, {
    ...pathOf(asked.repository),
    workflow_id: asked.workflow,
    ref: asked.ref,
    inputs: { ...asked.inputs },
    ...(details ? { return_run_details: true } : {}),
  })
  // 204 from a server that does not name the run: the body is empty.
  const run: Partial<typeof data> | undefined = data
  const id = run?.workflow_run_id
  return { runId: id === undefined ? null : Number(id), url: run?.html_url ?? null }
}

function toStatus(status: string | null): WorkflowRun['status'] {
  return status === 'queued' || status === 'in_progress' || status === 'completed' ? status : 'other'
}

/** A run among the newest dispatched ones whose title carries the marker. */
async function findRun(octokit: Octokit, asked: Asked, marker: string): Promise<Started | null> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', {
    ...pathOf(asked.repository),
    workflow_id: asked.workflow,
    event: 'workflow_dispatch',
    per_page: 50,
  })
  const run = data.workflow_runs.find((candidate) => candidate.display_title.includes(marker))
  return run === undefined ? null : { runId: Number(run.id), url: run.html_url }
}

/**
 * The part of the forge that starts workflows and reads their runs. A dispatch whose fate is unknown (no
 * answer, 5xx) is looked for under its marker before the same one is asked for again.
 */
export function workflowCalls(connection: Connection): WorkflowRunner {
  const unsure = new Set<string>()

  async function start(asked: Asked): Promise<Forged<Started>> {
    const scope = scopeOf(asked.repository, { actions: 'write' })
    const first = await connection.asInstallation(scope, (octokit) => post(octokit, asked, true))
    // Servers that do not know `return_run_details` refuse the request; nothing was started then.
    if (first.ok || first.failure.kind !== 'invalid') return first
    return connection.asInstallation(scope, (octokit) => post(octokit, asked, false))
  }

  return {
    async dispatch(repository, workflow, ref, inputs, marker) {
      const asked = { repository, workflow, ref, inputs }
      if (marker !== undefined && unsure.has(marker)) {
        const scope = scopeOf(repository, { actions: 'read' })
        const found = await connection.asInstallation(scope, (octokit) => findRun(octokit, asked, marker))
        if (!found.ok) return found
        unsure.delete(marker)
        if (found.value !== null) return { ok: true, value: found.value }
      }
      const started = await start(asked)
      if (!started.ok && started.failure.kind === 'broken' && marker !== undefined) unsure.add(marker)
      return started
    },

    async findRun(repository, workflow, marker) {
      const asked = { repository, workflow, ref: '', inputs: {} }
      const scope = scopeOf(repository, { actions: 'read' })
      const found = await connection.asInstallation(scope, (octokit) => findRun(octokit, asked, marker))
      return found.ok ? { ok: true, value: found.value?.runId ?? null } : found
    },

    run: (repository, runId) =>
      connection.asInstallation(scopeOf(repository, { actions: 'read' }), async (octokit) => {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
          ...pathOf(repository),
          run_id: runId,
        })
        return {
          id: Number(data.id),
          attempt: data.run_attempt ?? 1,
          status: toStatus(data.status),
          conclusion: data.conclusion,
          headSha: data.head_sha,
          title: data.display_title,
          url: data.html_url,
          repositoryId: String(data.repository.id),
        }
      }),
  }
}
