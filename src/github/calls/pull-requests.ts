import type { Octokit } from '@octokit/core'
import type { PullRequestReader, Repository } from '../../ports/forge.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

/** Commits whose pull requests are looked up, newest first: one request each. */
const mostCommits = 100

async function newestCommits(octokit: Octokit, repository: Repository, basehead: string): Promise<string[]> {
  const ask = (page: number) =>
    octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      ...pathOf(repository),
      basehead,
      per_page: mostCommits,
      page,
    })
  const first = await ask(1)
  const shas = first.data.commits.map((commit) => commit.sha)
  // Oldest first: of a long comparison the last two pages hold the newest commits.
  const last = Math.ceil(first.data.total_commits / mostCommits)
  for (let page = Math.max(2, last - 1); page <= last; page += 1) {
    const { data } = await ask(page)
    shas.push(...data.commits.map((commit) => commit.sha))
  }
  return shas.slice(-mostCommits)
}

/** Numbers of the merged pull requests of this repository that a commit belongs to. */
async function pullRequestsOf(octokit: Octokit, repository: Repository, sha: string): Promise<number[]> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
    ...pathOf(repository),
    commit_sha: sha,
  })
  return data
    .filter((pull) => pull.merged_at !== null && String(pull.base.repo.id) === repository.id)
    .map((pull) => pull.number)
}

const pageSize = 100
const mostPages = 3

/** Pages of at most 100, three of them; `enough` says when no further one is wanted. */
async function readPages<T>(
  ask: (page: number) => Promise<readonly T[]>,
  enough: (entries: readonly T[]) => boolean = () => false,
): Promise<T[]> {
  const all: T[] = []
  for (let page = 1; page <= mostPages; page += 1) {
    const entries = await ask(page)
    all.push(...entries)
    if (entries.length < pageSize || enough(entries)) break
  }
  return all
}

async function readOpen(octokit: Octokit, repository: Repository, since: number): Promise<number[]> {
  const ask = (page: number) =>
    octokit
      .request('GET /repos/{owner}/{repo}/pulls', {
        ...pathOf(repository),
        state: 'open',
        sort: 'updated',
        direction: 'desc',
        per_page: pageSize,
        page,
      })
      .then(({ data }) => data)
  const isOlder = ({ updated_at }: { readonly updated_at: string }) => Date.parse(updated_at) < since
  const found = await readPages(ask, (entries) => entries.some(isOlder))
  return found.filter((pull) => !isOlder(pull)).map((pull) => pull.number)
}

/** The part of the forge that reads pull requests: those contained in a release, and what open ones change. */
export function pullRequestCalls(connection: Connection): PullRequestReader {
  return {
    openPullRequests: (repository, since) =>
      connection.asInstallation(scopeOf(repository, { pull_requests: 'read' }), (octokit) =>
        readOpen(octokit, repository, since),
      ),

    pullRequestFiles: (repository, number) =>
      connection.asInstallation(scopeOf(repository, { pull_requests: 'read' }), async (octokit) => {
        const files = await readPages((page) =>
          octokit
            .request('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
              ...pathOf(repository),
              pull_number: number,
              per_page: pageSize,
              page,
            })
            .then(({ data }) => data),
        )
        return files.map(({ filename, patch }) => ({ path: filename, patch: patch ?? null }))
      }),

    pullRequestsBetween: (repository, base, head) =>
      connection.asInstallation(
        scopeOf(repository, { contents: 'read', pull_requests: 'read' }),
        async (octokit) => {
          const numbers = new Set<number>()
          for (const sha of await newestCommits(octokit, repository, `${base}...${head}`)) {
            for (const number of await pullRequestsOf(octokit, repository, sha)) numbers.add(number)
          }
          return [...numbers].sort((a, b) => a - b)
        },
      ),
  }
}
