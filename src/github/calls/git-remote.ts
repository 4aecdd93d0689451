import type { Octokit } from '@octokit/core'
import type { GitFile, GitRemote, RefMove } from '../../ports/git-remote.ts'

const author = {
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
}
const none = '0'.repeat(40)
const mutation = `mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`

/** What may be done to a repository is missing, and the line that gives it. */
export class MissingPermission extends Error {}

/** One repository as it is asked: the tree of a commit never changes, so it is asked for once. */
interface Place {
  readonly octokit: Octokit
  readonly fullName: string
  readonly at: { readonly owner: string; readonly repo: string }
  readonly treeOf: Map<string, string>
}

/**
 * Git objects and refs of one repository over GitHub's API. Refs move by GraphQL `updateRefs`, which compares and
 * moves all of them in one step; where that is not to be had, the first ref is fast-forwarded over REST, which
 * refuses when somebody else moved it, and the others follow.
 */
export function createGithubGitRemote(octokit: Octokit, fullName: string): GitRemote {
  const [owner = '', repo = ''] = fullName.split('/')
  const place = { octokit, fullName, at: { owner, repo }, treeOf: new Map<string, string>() }
  let nodeId: string | null = null
  let graphql = true

  async function byGraphql(moves: readonly RefMove[]): Promise<'moved' | 'refused'> {
    const asked = () => octokit.request('GET /repos/{owner}/{repo}', place.at)
    nodeId ??= (await permitted(place, asked)).data.node_id
    return moveByGraphql(place, nodeId, moves)
  }

  return {
    ref: (name) => refOf(place, name),
    ...objectCalls(place),
    async move(moves) {
      const [first, ...others] = moves
      if (graphql) {
        if ((await byGraphql(moves)) === 'moved') return true
        const now = await refOf(place, first.name)
        if (now === first.after) return true
        if (now !== first.before) return false
        // Nobody was faster, so it is GraphQL itself that does not do it here.
        graphql = false
      }
      if (!(await moveByRest(place, first))) return false
      for (const other of others) {
        // What the first ref names counts already; one that stays behind is taken along by the next move.
        if (!(await moveByRest(place, other)) && other.before === null) {
          await moveByRest(place, { ...other, before: other.after })
        }
      }
      return true
    },
  }
}

function objectCalls(place: Place): Pick<GitRemote, 'files' | 'text' | 'writeFiles' | 'writeCommit'> {
  const { octokit, at, treeOf } = place
  return {
    async files(commit) {
      const tree = await treeOfCommit(place, commit)
      const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}'
      const { data } = await permitted(place, () => octokit.request(route, { ...at, tree_sha: tree }))
      return data.tree.map(toFile)
    },
    async text(sha) {
      const route = 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}'
      const { data } = await permitted(place, () => octokit.request(route, { ...at, file_sha: sha }))
      return Buffer.from(data.content, 'base64').toString('utf8')
    },
    async writeFiles(files, over) {
      const tree = files.map((file) => ({
        path: file.path,
        mode: '100644' as const,
        type: 'blob' as const,
        ...('text' in file ? { content: file.text } : { sha: file.sha }),
      }))
      const base = over === null ? {} : { base_tree: await treeOfCommit(place, over) }
      const route = 'POST /repos/{owner}/{repo}/git/trees'
      const { data } = await permitted(place, () => octokit.request(route, { ...at, tree, ...base }))
      return { tree: data.sha, files: data.tree.map(toFile) }
    },
    async writeCommit({ tree, parents, message, at: ms }) {
      const date = new Date(ms).toISOString()
      const body = { tree, parents: [...parents], message, author: { ...author, date } }
      const route = 'POST /repos/{owner}/{repo}/git/commits'
      const { data } = await permitted(place, () => octokit.request(route, { ...at, ...body }))
      treeOf.set(data.sha, tree)
      return data.sha
    },
  }
}

async function treeOfCommit(place: Place, commit: string): Promise<string> {
  const kept = place.treeOf.get(commit)
  if (kept !== undefined) return kept
  const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}'
  const asked = () => place.octokit.request(route, { ...place.at, commit_sha: commit })
  const { data } = await permitted(place, asked)
  place.treeOf.set(commit, data.tree.sha)
  return data.tree.sha
}

const shortName = (name: string) => name.replace(/^refs\//, '')

async function refOf(place: Place, name: string): Promise<string | null> {
  const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}'
  const asked = () => place.octokit.request(route, { ...place.at, ref: shortName(name) })
  try {
    return (await permitted(place, asked)).data.object.sha
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

async function moveByGraphql(
  place: Place,
  repositoryId: string,
  moves: readonly RefMove[],
): Promise<'moved' | 'refused'> {
  // Only the first is compared: the others follow it and may lag behind after a move over REST.
  const refUpdates = moves.map(({ name, before, after }, index) => ({
    name,
    afterOid: after,
    ...(index === 0 && { beforeOid: before ?? none }),
  }))
  const asked = () => place.octokit.graphql(mutation, { input: { repositoryId, refUpdates } })
  try {
    await permitted(place, asked)
    return 'moved'
  } catch (error) {
    if (error instanceof MissingPermission || statusOf(error) !== null) throw error
    return 'refused'
  }
}

async function moveByRest(place: Place, { name, before, after }: RefMove): Promise<boolean> {
  const { octokit, at } = place
  const create = () =>
    octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: name, sha: after })
  const route = 'PATCH /repos/{owner}/{repo}/git/refs/{ref}'
  const forward = () => octokit.request(route, { ...at, ref: shortName(name), sha: after, force: false })
  try {
    await permitted<unknown>(place, before === null ? create : forward)
    return true
  } catch (error) {
    if (statusOf(error) === 422 || statusOf(error) === 409) return false
    throw error
  }
}

async function permitted<T>({ fullName }: Place, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isForbidden(error)) throw error
    throw new MissingPermission(
      `this job may not read or write refs of ${fullName}; add to the job: permissions: { contents: write }`,
    )
  }
}

function toFile({ path, sha }: { path?: string; sha?: string }): GitFile {
  return { path: path ?? '', sha: sha ?? '' }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
}

/** A limit is a 403, too, but one that ends. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && /resource not accessible by/i.test(error.message)
}
