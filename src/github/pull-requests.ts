import type { Octokit } from 'octokit'
import type { Forge, Repository } from '../ports/forge.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repositories.ts'

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

/** The part of the forge that finds the pull requests contained in a release, ascending by number. */
export function pullRequestCalls(connection: Connection): Pick<Forge, 'pullRequestsBetween'> {
  return {
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
