import type { Fields, Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { page, Refused } from './layer.ts'

/** What GitHub calls a role; each gives the permission that older answers name. */
const permissions = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
} as const

export type Role = keyof typeof permissions

interface Reaction {
  readonly id: number
  readonly login: string
  readonly content: string
}

/** Who may do what, who reacted: what the emulator does not keep, or keeps otherwise than GitHub. */
export class Access {
  readonly #layer: Layer
  readonly #roles = new Map<string, Role>()
  readonly #reactions = new Map<string, Reaction[]>()
  #lastReaction = 0

  constructor(layer: Layer) {
    this.#layer = layer
  }

  setRole(fullName: string, login: string, role: Role): void {
    this.#roles.set(`${this.#firstName(fullName)} ${login}`, role)
  }

  /** What is kept of a repository stays with it when its name changes. */
  #firstName(fullName: string): string {
    return this.#layer.firstNames.get(fullName) ?? fullName
  }

  /** Contents of the reactions to a comment, in the order given. */
  reactions(fullName: string, commentId: number): readonly string[] {
    return (this.#reactions.get(`${this.#firstName(fullName)} ${commentId}`) ?? []).map(
      (reaction) => reaction.content,
    )
  }

  handlers(): [string, Handler][] {
    return [
      [
        'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
        (request) => this.#permission(request),
      ],
      ['GET /installation/repositories', (request) => this.#repositories(request)],
      [
        'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
        (request) => this.#react(request),
      ],
      ['GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', (request) => this.#pullsOf(request)],
    ]
  }

  #roleOf(repository: RepositoryFields, login: string): Role {
    const given = this.#roles.get(`${this.#firstName(repository.full_name)} ${login}`)
    if (given !== undefined) return given
    if (repository.owner.login === login) return 'admin'
    return repository.private ? 'none' : 'read'
  }

  async #permission(request: LayerRequest) {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'metadata', 'read')
    const login = request.operation.params.username ?? ''
    if (!this.#layer.accounts.users.includes(login)) throw new Refused(404, `${login} is not a user`)
    const role = this.#roleOf(repository, login)
    const may = (least: Role) =>
      Object.keys(permissions).indexOf(role) <= Object.keys(permissions).indexOf(least)
    const user = {
      ...(await this.#layer.account(login)),
      role_name: role,
      permissions: {
        admin: may('admin'),
        maintain: may('maintain'),
        push: may('write'),
        triage: may('triage'),
        pull: may('read'),
      },
    }
    return { status: 200, body: { permission: permissions[role], role_name: role, user } }
  }

  async #repositories(request: LayerRequest) {
    const token = this.#layer.tokenOf(request)
    if (token === null) throw new Refused(403, 'Resource not accessible by integration')
    // In the order of their making, which is the order of their ids.
    const mine = [...this.#layer.repositories].filter((name) => name.startsWith(`${token.account}/`))
    const { repositoryIds } = token
    const all =
      repositoryIds === null ? [] : await Promise.all(mine.map((name) => this.#layer.repository(name)))
    const covered =
      repositoryIds === null
        ? mine
        : all.filter(({ id }) => repositoryIds.includes(id)).map((one) => one.full_name)
    const { entries: names, headers } = page(request, this.#layer.origin, covered)
    const entries = await Promise.all(names.map((name) => this.#layer.repository(name)))
    const selection = token.repositoryIds === null ? 'all' : 'selected'
    const body = { total_count: covered.length, repository_selection: selection, repositories: entries }
    return { status: 200, body, headers }
  }

  async #react(request: LayerRequest) {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'issues', 'write')
    const id = Number(request.operation.params.comment_id)
    await this.#layer.asCaller(request, 'GET', `/repos/${repository.full_name}/issues/comments/${id}`)
    const key = `${this.#firstName(repository.full_name)} ${id}`
    const content = String(request.body.content)
    const known = this.#reactions.get(key) ?? []
    const login = await this.#loginOf(request)
    const former = known.find((reaction) => reaction.login === login && reaction.content === content)
    const reaction = former ?? { id: ++this.#lastReaction, login, content }
    if (former === undefined) this.#reactions.set(key, [...known, reaction])
    const user = this.#layer.tokenOf(request) === null ? await this.#layer.account(login) : null
    const body: Fields = {
      id: reaction.id,
      node_id: `R_${reaction.id}`,
      user,
      content,
      created_at: new Date().toISOString(),
    }
    return { status: former === undefined ? 201 : 200, body }
  }

  async #loginOf(request: LayerRequest): Promise<string> {
    if (this.#layer.tokenOf(request) !== null) return 'slipway[bot]'
    const user = (await this.#layer.asCaller(request, 'GET', '/user')) as { login: string }
    return user.login
  }

  /** Merged or open pull requests that hold a commit, the emulator not having that way round. */
  async #pullsOf(request: LayerRequest) {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'pull_requests', 'read')
    const sha = request.operation.params.commit_sha
    const base = `/repos/${repository.full_name}/pulls`
    const pulls = (await this.#layer.asCaller(request, 'GET', `${base}?state=all&per_page=100`)) as Fields[]
    const holding: Fields[] = []
    for (const pull of pulls) {
      const commits = (await this.#layer.asCaller(
        request,
        'GET',
        `${base}/${pull.number}/commits`,
      )) as Fields[]
      if (pull.merge_commit_sha === sha || commits.some((commit) => commit.sha === sha)) holding.push(pull)
    }
    const { entries, headers } = page(request, this.#layer.origin, holding)
    return { status: 200, body: entries, headers }
  }
}
