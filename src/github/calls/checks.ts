import type { Octokit } from '@octokit/core'
import type { CommitCheck, CommitMarker, Repository } from '../../ports/forge.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

const pageSize = 100
/** Nobody has a thousand checks; an answer without end must not be read without end. */
const mostPages = 10

const worst: Readonly<Record<CommitCheck['state'], number>> = { success: 0, pending: 1, failure: 2 }

/** GitHub takes neutral and skipped for passed where it requires a check, and so does the gate. */
function stateOfRun(status: string, conclusion: string | null): CommitCheck['state'] {
  if (status !== 'completed') return 'pending'
  return conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped'
    ? 'success'
    : 'failure'
}

function stateOfStatus(state: string): CommitCheck['state'] {
  if (state === 'success' || state === 'pending') return state
  return 'failure'
}

async function readRuns(octokit: Octokit, repository: Repository, ref: string): Promise<CommitCheck[]> {
  const found: CommitCheck[] = []
  for (let page = 1; page <= mostPages; page += 1) {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...pathOf(repository),
      ref,
      filter: 'latest',
      per_page: pageSize,
      page,
    })
    for (const { name, status, conclusion, html_url: url } of data.check_runs) {
      found.push({ name, state: stateOfRun(status, conclusion), url })
    }
    if (data.check_runs.length < pageSize) break
  }
  return found
}

async function readStatuses(octokit: Octokit, repository: Repository, ref: string): Promise<CommitCheck[]> {
  const found: CommitCheck[] = []
  for (let page = 1; page <= mostPages; page += 1) {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
      ...pathOf(repository),
      ref,
      per_page: pageSize,
      page,
    })
    for (const { context, state, target_url: url } of data.statuses) {
      found.push({ name: context, state: stateOfStatus(state), url })
    }
    if (data.statuses.length < pageSize) break
  }
  return found
}

/** One check for each name. Two Apps may use the same one, and then both must have passed. */
function together(checks: readonly CommitCheck[]): readonly CommitCheck[] {
  const byName = new Map<string, CommitCheck>()
  for (const check of checks) {
    const known = byName.get(check.name)
    if (known === undefined || worst[check.state] > worst[known.state]) byName.set(check.name, check)
  }
  return [...byName.values()]
}

/** The part of the forge that reads the checks of a commit. */
export function checkCalls(connection: Connection): Pick<CommitMarker, 'checksOf'> {
  return {
    checksOf: (repository, commit) =>
      connection.asInstallation(
        scopeOf(repository, { checks: 'read', statuses: 'read' }),
        async (octokit) => {
          const runs = await readRuns(octokit, repository, commit)
          return together([...runs, ...(await readStatuses(octokit, repository, commit))])
        },
      ),
  }
}
