import type { Octokit } from '@octokit/core'
import { slipwayFilePath } from '../../config/policy/slipway-file.ts'
import type { Permission } from '../../gates/policy.ts'
import type { Forged, Repository, RepositoryReader } from '../../ports/forge.ts'
import { orAbsent } from './absence.ts'
import type { Connection } from './connection.ts'
import { pathOf, scopeOf } from './repository-path.ts'

interface GithubRepository {
  readonly id: number | bigint
  readonly full_name: string
  readonly private: boolean
  readonly default_branch: string
  readonly archived?: boolean
}

function toRepository(found: GithubRepository, installationId: number): Repository {
  return {
    id: String(found.id),
    fullName: found.full_name,
    private: found.private,
    defaultBranch: found.default_branch,
    installationId,
    ...(found.archived === true ? { archived: true } : {}),
  }
}

const pageSize = 100

async function readInstallation(connection: Connection, installationId: number) {
  const scope = {
    installationId,
    repositoryId: null,
    repositoryName: null,
    permissions: { metadata: 'read' },
  } as const
  return connection.asInstallation(scope, async (octokit) => {
    const found: Repository[] = []
    for (let page = 1; ; page += 1) {
      const { data } = await octokit.request('GET /installation/repositories', { per_page: pageSize, page })
      found.push(...data.repositories.map((repository) => toRepository(repository, installationId)))
      if (data.repositories.length < pageSize) return found
    }
  })
}

/** Installations that are not suspended. */
async function readInstallations(octokit: Octokit): Promise<number[]> {
  const ids: number[] = []
  for (let page = 1; ; page += 1) {
    const { data } = await octokit.request('GET /app/installations', { per_page: pageSize, page })
    ids.push(...data.filter((entry) => entry.suspended_at === null).map((entry) => entry.id))
    if (data.length < pageSize) return ids
  }
}

async function listRepositories(connection: Connection): Promise<Forged<readonly Repository[]>> {
  const installations = await connection.asApp(readInstallations)
  if (!installations.ok) return installations
  const all: Repository[] = []
  for (const id of installations.value) {
    const found = await readInstallation(connection, id)
    // One installation that was removed or suspended meanwhile does not hide the others.
    if (!found.ok && found.failure.kind !== 'gone' && found.failure.kind !== 'forbidden') return found
    if (found.ok) all.push(...found.value)
  }
  return { ok: true, value: all }
}

async function findByName(connection: Connection, fullName: string): Promise<Forged<Repository>> {
  const path = pathOf({ fullName })
  const installation = await connection.asApp((octokit) =>
    octokit.request('GET /repos/{owner}/{repo}/installation', path),
  )
  if (!installation.ok) return installation
  const installationId = installation.value.data.id
  const read = (repositoryName: string | null) => {
    const permissions = { metadata: 'read' } as const
    const scope = { installationId, repositoryId: null, repositoryName, permissions }
    return connection.asInstallation(scope, async (octokit) => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}', path)
      return toRepository(data, installationId)
    })
  }
  const found = await read(path.repo)
  // No token is made for a name that a repository had; GitHub leads from there to the one that it has.
  return !found.ok && found.failure.kind === 'invalid' ? read(null) : found
}

async function findById(connection: Connection, id: string): Promise<Forged<Repository>> {
  const all = await listRepositories(connection)
  if (!all.ok) return all
  const found = all.value.find((repository) => repository.id === id)
  if (found !== undefined) return { ok: true, value: found }
  const message = `the App is not installed on a repository with the id ${id}`
  return { ok: false, failure: { kind: 'gone', message, retryAt: null } }
}

const levels: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read']

/** GitHub's booleans under our names; `permission` alone hides maintain and triage. */
function highest(role: string, coarse: string, granted: Readonly<Record<string, boolean>> | undefined) {
  if (granted !== undefined) {
    const ours = { ...granted, write: granted.push === true, read: granted.pull === true }
    return levels.find((level) => level in ours && ours[level as keyof typeof ours] === true) ?? 'none'
  }
  return levels.find((level) => level === role) ?? levels.find((level) => level === coarse) ?? 'none'
}

/** Nobody GitHub knows in this repository: that is an answer, and it allows nothing. */
async function readPermission(octokit: Octokit, repository: Repository, login: string): Promise<Permission> {
  const found = await orAbsent(octokit, repository, () =>
    octokit.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...pathOf(repository),
      username: login,
    }),
  )
  if (found === null) return 'none'
  const { data } = found
  return highest(data.role_name, data.permission, data.user?.permissions)
}

/** Null where there is none, undefined where it cannot be read as text. */
async function readFile(octokit: Octokit, repository: Repository, path: string, ref: string | null) {
  const found = await orAbsent(octokit, repository, () =>
    octokit.request('GET /repos/{owner}/{repo}/contents/{path}', {
      ...pathOf(repository),
      path,
      ...(ref === null ? {} : { ref }),
    }),
  )
  if (found === null) return null
  const { data } = found
  const text = !Array.isArray(data) && data.type === 'file' && 'content' in data && data.encoding === 'base64'
  return text ? Buffer.from(data.content, 'base64').toString('utf8') : undefined
}

function readCommit(connection: Connection, repository: Repository, ref: string): Promise<Forged<string>> {
  return connection.asInstallation(scopeOf(repository, { contents: 'read' }), async (octokit) => {
    const path = pathOf(repository)
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...path, ref })
    return data.sha
  })
}

/** How long a looked-up repository is believed: its name, its default branch and whether it is private can change. */
const believedMs = 60_000

function rememberRepositories(connection: Connection) {
  const kept = new Map<string, { readonly repository: Repository; readonly until: number }>()
  return async (fullNameOrId: string): Promise<Forged<Repository>> => {
    const known = kept.get(fullNameOrId)
    if (known !== undefined && known.until > connection.clock.now()) {
      return { ok: true, value: known.repository }
    }
    const byName = fullNameOrId.includes('/')
    const found = await (byName ? findByName : findById)(connection, fullNameOrId)
    if (found.ok) {
      const until = connection.clock.now() + believedMs
      for (const name of [fullNameOrId, found.value.id, found.value.fullName]) {
        kept.set(name, { repository: found.value, until })
      }
    }
    return found
  }
}

/** The part of the forge that reads repositories: who they are, their files, who may do what, their commits. */
export function repositoryCalls(connection: Connection, oneFile = false): RepositoryReader {
  return {
    repositories: () => listRepositories(connection),
    repository: rememberRepositories(connection),

    async file(repository, path, ref) {
      // No workflow can be looked at then; what cannot be looked at counts as not there.
      if (oneFile && path !== slipwayFilePath) return { ok: true, value: null }
      const scope = scopeOf(repository, oneFile ? { single_file: 'read' } : { contents: 'read' })
      const found = await connection.asInstallation(scope, (octokit) =>
        readFile(octokit, repository, path, ref),
      )
      if (!found.ok) return found
      if (found.value !== undefined) return { ok: true, value: found.value }
      const message = `${path} in ${repository.fullName} is not a file of at most 1 MB`
      return { ok: false, failure: { kind: 'invalid', message, retryAt: null } }
    },

    permission: (repository, login) =>
      connection.asInstallation(scopeOf(repository, { metadata: 'read' }), (octokit) =>
        readPermission(octokit, repository, login),
      ),

    // A bare name may be a branch, a tag, or both.
    commitOf: (repository, branch) => readCommit(connection, repository, `heads/${branch}`),
    commitOfTag: (repository, tag) => readCommit(connection, repository, `tags/${tag}`),

    async hasRelease(repository, tag) {
      const scope = scopeOf(repository, { contents: 'read' })
      const found = await connection.asInstallation(scope, async (octokit) => {
        const [owner = '', repo = ''] = repository.fullName.split('/')
        const route = 'GET /repos/{owner}/{repo}/releases/tags/{tag}'
        const { data } = await octokit.request(route, { owner, repo, tag })
        return !data.draft
      })
      return !found.ok && found.failure.kind === 'gone' ? { ok: true, value: false } : found
    },
  }
}
