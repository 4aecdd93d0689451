import type { Octokit } from '@octokit/core'
import type { Forged, ForgeIssue, IssueKeeper, Repository } from '../../ports/forge.ts'
import { isGone, orAbsent } from './absence.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

/** Labels that Slipway sets carry this word; all others belong to people and are left alone. */
export const labelWord = 'slipway'

const pageSize = 100
/** Issues looked through for a marker, newest first: more than the rollouts that can be open at once. */
const mostPages = 3

interface Posted {
  readonly body?: string | null | undefined
  readonly user?: { readonly type?: string | undefined } | null
}

/** A marker counts only in what a bot wrote: people may quote or forge it. */
function carries(posted: Posted, marker: string): boolean {
  return posted.user?.type === 'Bot' && (posted.body ?? '').includes(marker)
}

async function findIssue(octokit: Octokit, repository: Repository, marker: string) {
  for (let page = 1; page <= mostPages; page += 1) {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues', {
      ...pathOf(repository),
      state: 'all',
      labels: labelWord,
      sort: 'created',
      direction: 'desc',
      per_page: pageSize,
      page,
    })
    const found = data.find((issue) => carries(issue, marker))
    if (found !== undefined) return { number: found.number, url: found.html_url }
    if (data.length < pageSize) return null
  }
  return null
}

/** Of the open issues with a label, those that are no pull requests, which GitHub lists among them. */
async function listOpenIssues(octokit: Octokit, repository: Repository, label: string) {
  const open: { number: number; title: string; labels: readonly string[]; updatedAt: number }[] = []
  for (let page = 1; ; page += 1) {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues', {
      ...pathOf(repository),
      state: 'open',
      labels: label,
      // Issues that are opened or closed meanwhile move no others to a page that was read already.
      sort: 'created',
      direction: 'asc',
      per_page: pageSize,
      page,
    })
    for (const issue of data) {
      if (issue.pull_request !== undefined) continue
      const { number, title } = issue
      open.push({ number, title, labels: labelNames(issue.labels), updatedAt: Date.parse(issue.updated_at) })
    }
    if (data.length < pageSize) return open
  }
}

function labelNames(labels: readonly (string | { readonly name?: string | undefined })[]): string[] {
  const names = labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
  return names.filter((name) => name !== '')
}

async function findComment(octokit: Octokit, repository: Repository, issue: number, marker: string) {
  for (let page = 1; ; page += 1) {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...pathOf(repository),
      issue_number: issue,
      per_page: pageSize,
      page,
    })
    const found = data.find((comment) => carries(comment, marker))
    if (found !== undefined) return Number(found.id)
    if (data.length < pageSize) return null
  }
}

function readIssue(octokit: Octokit, repository: Repository, number: number) {
  return octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
    ...pathOf(repository),
    issue_number: number,
  })
}

/** The labels to set: ours replaced, everybody else's kept. */
async function mergedLabels(
  octokit: Octokit,
  repository: Repository,
  number: number,
  ours: readonly string[],
) {
  const { data } = await readIssue(octokit, repository, number)
  const kept = labelNames(data.labels).filter(
    (name) => name !== labelWord && !name.startsWith(`${labelWord}:`),
  )
  return [...kept, ...ours]
}

async function editComment(octokit: Octokit, repository: Repository, id: number, body: string) {
  await octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
    ...pathOf(repository),
    comment_id: id,
    body,
  })
  return { id }
}

/** Edits the comment that is known or carries the marker, else posts it. */
async function putComment(
  octokit: Octokit,
  repository: Repository,
  issue: number,
  { knownId = null, editOnly = false, body, marker }: Parameters<IssueKeeper['upsertComment']>[2],
) {
  if (knownId !== null) {
    try {
      return await editComment(octokit, repository, knownId, body)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  const found = await findComment(octokit, repository, issue, marker)
  if (found !== null) return editComment(octokit, repository, found, body)
  if (editOnly) return { id: 0 }
  const { data } = await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...pathOf(repository),
    issue_number: issue,
    body,
  })
  return { id: Number(data.id) }
}

async function hasComment(octokit: Octokit, repository: Repository, issue: number, id: number) {
  const found = await orAbsent(octokit, repository, () =>
    octokit.request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...pathOf(repository),
      comment_id: id,
    }),
  )
  // Where the whole issue does not answer, that says nothing about one comment.
  if (found === null) await readIssue(octokit, repository, issue)
  return found !== null
}

/** An issue of this repository: GitHub leads from a moved one to where it is now, which is none of this repository's. */
async function readOwnIssue(
  connection: Connection,
  repository: Repository,
  number: number,
): Promise<Forged<ForgeIssue>> {
  const scope = scopeOf(repository, { issues: 'read' })
  const found = await connection.asInstallation(scope, (octokit) =>
    orAbsent(octokit, repository, () => readIssue(octokit, repository, number)),
  )
  if (!found.ok) return found
  if (found.value === null) {
    const message = `issue ${number} of ${repository.fullName} is not there`
    return { ok: false, failure: { kind: 'gone', message, retryAt: null } }
  }
  const { title, body, labels, state, updated_at, repository_url } = found.value.data
  if (!repository_url.toLowerCase().endsWith(`/${repository.fullName.toLowerCase()}`)) {
    const message = `issue ${number} was moved out of ${repository.fullName}`
    return { ok: false, failure: { kind: 'gone', message, retryAt: null } }
  }
  const updatedAt = Date.parse(updated_at)
  const issue = { title, body: body ?? '', labels: labelNames(labels), open: state === 'open', updatedAt }
  return { ok: true, value: issue }
}

/** The part of the forge that writes issues, comments and reactions. */
export function issueCalls(connection: Connection): IssueKeeper {
  return {
    createIssue: (repository, issue) =>
      connection.asInstallation(scopeOf(repository, { issues: 'write' }), async (octokit) => {
        const found = await findIssue(octokit, repository, issue.marker)
        if (found !== null) return { ...found, found: true }
        const { data } = await octokit.request('POST /repos/{owner}/{repo}/issues', {
          ...pathOf(repository),
          title: issue.title,
          body: issue.body,
          labels: [...issue.labels],
        })
        return { number: data.number, url: data.html_url }
      }),

    openIssues: (repository, label) =>
      connection.asInstallation(scopeOf(repository, { issues: 'read' }), async (octokit) => {
        try {
          return await listOpenIssues(octokit, repository, label)
        } catch (error) {
          if (!isGone(error) || error.status !== 410) throw error
          // Where issues are switched off, none is open.
          const { data } = await octokit.request('GET /repos/{owner}/{repo}', pathOf(repository))
          if (data.has_issues) throw error
          return []
        }
      }),

    issue: (repository, number) => readOwnIssue(connection, repository, number),

    updateIssue: (repository, number, change) =>
      connection.asInstallation(scopeOf(repository, { issues: 'write' }), async (octokit) => {
        const { labels, ...rest } = change
        const merged =
          labels === undefined ? {} : { labels: await mergedLabels(octokit, repository, number, labels) }
        await octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
          ...pathOf(repository),
          issue_number: number,
          ...rest,
          ...merged,
        })
      }),

    hasComment: (repository, issue, comment) =>
      connection.asInstallation(scopeOf(repository, { issues: 'read' }), (octokit) =>
        hasComment(octokit, repository, issue, comment),
      ),

    upsertComment: (repository, issue, comment) =>
      connection.asInstallation(commentScope(repository), (octokit) =>
        putComment(octokit, repository, issue, comment),
      ),

    react: (repository, commentId, reaction) =>
      connection.asInstallation(commentScope(repository), async (octokit) => {
        await octokit.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
          ...pathOf(repository),
          comment_id: commentId,
          content: reaction,
        })
      }),
  }
}

/** A comment may sit on an issue or on a pull request; GitHub asks for the permission of the one it is. */
const commentScope = (repository: Repository) =>
  scopeOf(repository, { issues: 'write', pull_requests: 'write' })
