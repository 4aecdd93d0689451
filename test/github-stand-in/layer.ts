import type { Accounts, Backing } from './emulator.ts'
import { root, tokenOf } from './emulator.ts'
import { patched } from './patches.ts'
import type { Operation } from './schema.ts'
import type { Webhooks } from './webhooks.ts'

export type Fields = Record<string, unknown>

/** A request that was found to be one that GitHub takes. */
export interface LayerRequest {
  readonly operation: Operation
  readonly query: URLSearchParams
  readonly body: Fields
  readonly authorization: string | undefined
  readonly accept: string | undefined
}

export interface LayerReply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Handler = (request: LayerRequest) => Promise<LayerReply>

/** The layer's answer to what may not be done, thrown from wherever that is found out. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A repository as the emulator describes it, completed. */
export interface RepositoryFields extends Fields {
  readonly id: number
  readonly name: string
  readonly full_name: string
  readonly private: boolean
  readonly default_branch: string
  readonly url: string
  readonly html_url: string
  readonly owner: { readonly login: string; readonly id: number }
}

export interface InstallationToken {
  readonly installationId: number
  readonly account: string
  readonly permissions: Readonly<Record<string, string>>
  /** Null for every repository of the account. */
  readonly repositoryIds: readonly number[] | null
}

const ranks: Readonly<Record<string, number>> = { read: 1, write: 2 }

/** What the layer's parts share: the emulator, the addresses, who holds which token. */
export class Layer {
  readonly origin: string
  readonly accounts: Accounts
  readonly backing: Backing
  readonly webhooks: Webhooks
  readonly tokens = new Map<string, InstallationToken>()
  /** Full names, in the order of their making. */
  readonly repositories = new Set<string>()
  /** The name that a renamed repository was made under. */
  readonly firstNames = new Map<string, string>()

  constructor(parts: { origin: string; accounts: Accounts; backing: Backing; webhooks: Webhooks }) {
    this.origin = parts.origin
    this.accounts = parts.accounts
    this.backing = parts.backing
    this.webhooks = parts.webhooks
  }

  /** Who may do anything to an account's repositories. */
  ownerOf(account: string): string {
    return this.accounts.orgs.includes(account) ? root : account
  }

  /** A reply of the emulator to the caller's own credentials; refusals pass through. */
  async asCaller(request: LayerRequest, method: string, path: string): Promise<unknown> {
    const headers: Record<string, string> = { accept: 'application/vnd.github+json' }
    if (request.authorization !== undefined) headers.authorization = request.authorization
    const reply = await this.backing.request(method, path, headers)
    if (reply.status >= 400) {
      const message = (reply.body as { message?: string } | undefined)?.message ?? 'Not Found'
      throw new Refused(reply.status === 401 ? 401 : 404, message)
    }
    return patched({
      kind: 'reply',
      origin: this.origin,
      name: `${method} `,
      status: reply.status,
      body: reply.body,
    })
  }

  /** The repository of the request's path, if its caller may see it. */
  async visibleRepository(request: LayerRequest): Promise<RepositoryFields> {
    const { owner, repo } = request.operation.params
    return (await this.asCaller(request, 'GET', `/repos/${owner}/${repo}`)) as RepositoryFields
  }

  /** The repository whatever the caller may see; for the stand-in's own doings. */
  async repository(fullName: string): Promise<RepositoryFields> {
    const owner = this.ownerOf(fullName.split('/')[0] ?? '')
    const body = await this.backing.as<unknown>(owner, 'GET', `/repos/${fullName}`)
    return patched({
      kind: 'reply',
      origin: this.origin,
      name: 'GET /repos',
      status: 200,
      body,
    }) as RepositoryFields
  }

  /** As the owner of a repository, straight to the emulator. */
  asOwner<T>(fullName: string, method: string, path: string, body?: unknown): Promise<T> {
    const owner = this.ownerOf(fullName.split('/')[0] ?? '')
    return this.backing.as<T>(owner, method, `/repos/${fullName}${path}`, body)
  }

  async account(login: string): Promise<Fields> {
    const kind = this.accounts.orgs.includes(login) ? 'orgs' : 'users'
    const body = await this.backing.as<Fields>(root, 'GET', `/${kind}/${login}`)
    return patched({ kind: 'reply', origin: this.origin, name: 'account', status: 200, body }) as Fields
  }

  /** Refuses credentials that nobody was given; the emulator would take a stranger for its first user. */
  requireKnown(authorization: string | undefined): void {
    const credential = authorization?.replace(/^(bearer|token) /i, '')
    if (credential === undefined || credential.split('.').length === 3) return
    const users = [root, ...this.accounts.users].map(tokenOf)
    if (!this.tokens.has(credential) && !users.includes(credential)) throw new Refused(401, 'Bad credentials')
  }

  /** The installation token that a request carries, or null for a user's. */
  tokenOf(request: LayerRequest): InstallationToken | null {
    return this.tokens.get(request.authorization?.replace(/^(bearer|token) /i, '') ?? '') ?? null
  }

  /** Refuses an installation token that lacks a permission or was not issued for the repository. */
  requirePermission(
    request: LayerRequest,
    repository: RepositoryFields,
    name: string,
    least: 'read' | 'write',
  ) {
    const token = this.tokenOf(request)
    if (token === null) return
    const covered = token.repositoryIds === null || token.repositoryIds.includes(repository.id)
    const enough = (ranks[token.permissions[name] ?? ''] ?? 0) >= (ranks[least] ?? 0)
    if (token.account === repository.owner.login && covered && enough) return
    throw new Refused(403, 'Resource not accessible by integration')
  }

  /** The `installation` part of a webhook for a repository's account. */
  installationPart(installationId: number): Fields {
    const nodeId = Buffer.from(`Installation${installationId}`).toString('base64')
    return { id: installationId, node_id: nodeId }
  }
}

/** Leads a request on to where what it names is now. */
export function ledOn(
  layer: Layer,
  { operation, query }: LayerRequest,
  now: Readonly<Record<string, string>>,
): LayerReply {
  const params: Record<string, string> = { ...operation.params, ...now }
  const path = operation.template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
  const location = `${layer.origin}${path}${query.size > 0 ? `?${query}` : ''}`
  return { status: operation.method === 'GET' ? 301 : 307, headers: { location } }
}

/** A page of a list and the `Link` header to the others, as GitHub gives them. */
export function page<T>(
  request: LayerRequest,
  origin: string,
  entries: readonly T[],
): { entries: T[]; headers: Record<string, string> } {
  const size = Number(request.query.get('per_page') ?? 30)
  const number = Number(request.query.get('page') ?? 1)
  const last = Math.max(1, Math.ceil(entries.length / size))
  const at = (to: number): string => {
    const query = new URLSearchParams(request.query)
    query.set('page', String(to))
    const path = request.operation.template.replace(
      /\{(\w+)\}/g,
      (_, name) => request.operation.params[name] ?? '',
    )
    return `<${origin}${path}?${query}>`
  }
  const links = number < last ? [`${at(number + 1)}; rel="next"`, `${at(last)}; rel="last"`] : []
  return {
    entries: entries.slice((number - 1) * size, number * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  }
}
