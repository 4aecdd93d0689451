import { importPKCS8, SignJWT } from 'jose'
import { type AppSettings, installationOf } from './emulator.ts'
import {
  type Fields,
  type Handler,
  type Layer,
  type LayerReply,
  type LayerRequest,
  ledOn,
  Refused,
} from './layer.ts'
import { advisoryPart, type NewAdvisory } from './news-parts.ts'
import { patched } from './patches.ts'

const dispatch = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'
const mint = 'POST /app/installations/{installation_id}/access_tokens'

/** What people do on the settings pages, and what GitHub answers from then on. */
export class RepositoryStates {
  readonly #layer: Layer
  readonly #app: AppSettings
  readonly #newNames = new Map<string, string>()
  readonly #disabled = new Set<string>()
  readonly #suspended = new Set<number>()
  readonly #removed = new Set<number>()
  readonly #advisories: { readonly repository: number; readonly part: Fields }[] = []

  constructor(layer: Layer, app: AppSettings) {
    this.#layer = layer
    this.#app = app
  }

  archive = (fullName: string, archived = true): Promise<unknown> =>
    this.#layer.asOwner(fullName, 'PATCH', '', { archived })

  async deleteRepository(fullName: string): Promise<void> {
    await this.#layer.asOwner(fullName, 'DELETE', '')
    this.#layer.repositories.delete(fullName)
  }

  /** The old name leads to the new one from now on. `told` false: the webhook is lost. */
  async rename(fullName: string, name: string, told = true): Promise<void> {
    const [owner, before] = fullName.split('/')
    await this.#layer.asOwner(fullName, 'PATCH', '', { name })
    this.#isNow(fullName, `${owner}/${name}`)
    const changes = { repository: { name: { from: before } } }
    if (told) await this.#tellOf(`${owner}/${name}`, 'renamed', { changes })
  }

  /** Another account has it from now on, and the App there; the old name leads to the new one. */
  async transfer(fullName: string, account: string): Promise<void> {
    const [before = '', name] = fullName.split('/')
    await this.#layer.asOwner(fullName, 'POST', '/transfer', { new_owner: account })
    this.#isNow(fullName, `${account}/${name}`)
    const repository = await this.#layer.repository(`${account}/${name}`)
    const { login, id } = await this.#layer.account(before)
    const kind = this.#layer.accounts.orgs.includes(before) ? 'organization' : 'user'
    await this.#tellOf(repository.full_name, 'transferred', {
      changes: { owner: { from: { [kind]: { login, id } } } },
    })
    const part = { id: repository.id, node_id: repository.node_id, name, full_name: repository.full_name }
    const moved = { ...part, private: repository.private }
    // What the new one gained is told before what the old one lost: nothing says that GitHub keeps another order.
    await this.#tellRepositories(account, { added: [moved] })
    await this.#tellRepositories(before, { removed: [{ ...moved, full_name: fullName }] })
  }

  async #tellRepositories(
    account: string,
    {
      added = [],
      removed = [],
    }: { readonly added?: readonly Fields[]; readonly removed?: readonly Fields[] },
  ): Promise<void> {
    const installation = await this.#installation(installationOf(this.#layer.accounts, account))
    await this.#layer.webhooks.send('installation_repositories', {
      action: added.length > 0 ? 'added' : 'removed',
      installation,
      repository_selection: 'all',
      repositories_added: added,
      repositories_removed: removed,
      requester: null,
      sender: await this.#layer.account(account),
    })
  }

  #isNow(fullName: string, renamed: string): void {
    this.#layer.repositories.delete(fullName)
    this.#layer.repositories.add(renamed)
    this.#newNames.set(fullName, renamed)
    this.#layer.firstNames.set(renamed, this.#layer.firstNames.get(fullName) ?? fullName)
  }

  async #tellOf(fullName: string, action: string, more: Fields = {}): Promise<void> {
    const repository = await this.#layer.repository(fullName)
    const installation = this.#layer.installationPart(
      installationOf(this.#layer.accounts, repository.owner.login),
    )
    const sender = await this.#layer.account(repository.owner.login)
    await this.#layer.webhooks.send('repository', { action, ...more, repository, sender, installation })
  }

  /** Whom it was shown to may not see it any more. `told` false: the webhook is lost. */
  async makePrivate(fullName: string, told = true): Promise<void> {
    await this.#layer.asOwner(fullName, 'PATCH', '', { private: true, visibility: 'private' })
    if (told) await this.#tellOf(fullName, 'privatized')
  }

  /** Somebody makes a repository; a name that a renamed one left leads to that one no more. */
  takeName(fullName: string): void {
    if (!this.#newNames.delete(fullName)) return
    this.#layer.firstNames.set(fullName, `${fullName}-again`)
  }

  /** Turns a workflow off, or all of Actions where no file is named. */
  disable(fullName: string, workflow: string | null, disabled = true): void {
    const key = `${fullName} ${workflow ?? ''}`
    if (disabled) this.#disabled.add(key)
    else this.#disabled.delete(key)
  }

  async suspend(account: string, suspended = true): Promise<void> {
    const id = installationOf(this.#layer.accounts, account)
    if (suspended) this.#suspended.add(id)
    else this.#suspended.delete(id)
    await this.#tell(id, suspended ? 'suspend' : 'unsuspend')
  }

  /** `told` false: the webhook is lost. */
  async uninstall(account: string, told = true): Promise<void> {
    const id = installationOf(this.#layer.accounts, account)
    this.#removed.add(id)
    if (told) await this.#tell(id, 'deleted')
  }

  /** Somebody installs the App on an account, on all its repositories. */
  install(account: string): void {
    this.#removed.delete(installationOf(this.#layer.accounts, account))
  }

  /** The owner publishes an advisory in a repository. `told` false: the webhook is lost. */
  async publishAdvisory(fullName: string, advisory: NewAdvisory, told = true): Promise<void> {
    const repository = await this.#layer.repository(fullName)
    const sender = await this.#layer.account(repository.owner.login)
    const author = await this.#layer.account('maintainer')
    const part = advisoryPart(repository, advisory, author)
    this.#advisories.push({ repository: repository.id, part })
    if (!told) return
    const id = installationOf(this.#layer.accounts, repository.owner.login)
    await this.#layer.webhooks.send('repository_advisory', {
      action: 'published',
      repository_advisory: part,
      repository,
      sender,
      installation: this.#layer.installationPart(id),
    })
  }

  /** The owner takes an advisory back; GitHub tells nobody of it by webhook. */
  withdrawAdvisory(id: string): void {
    const found = this.#advisories.find(({ part }) => part.ghsa_id === id)
    Object.assign(found?.part ?? {}, { withdrawn_at: new Date().toISOString() })
  }

  handlers(): [string, Handler][] {
    return [['GET /repos/{owner}/{repo}/security-advisories', (request) => this.#listAdvisories(request)]]
  }

  /** What public repositories have published is for everybody. Pages are cursors here. */
  async #listAdvisories(request: LayerRequest): Promise<LayerReply> {
    const repository = await this.#layer.visibleRepository(request)
    if (repository.private) throw new Refused(403, 'Resource not accessible by integration')
    const own = this.#advisories.filter((one) => one.repository === repository.id)
    const size = Number(request.query.get('per_page') ?? 30)
    const from = Number(request.query.get('after') ?? 0)
    const body = own.slice(from, from + size).map(({ part }) => part)
    if (from + size >= own.length) return { status: 200, body }
    const next = new URL(`${this.#layer.origin}/repos/${repository.full_name}/security-advisories`)
    for (const [name, value] of request.query) next.searchParams.set(name, value)
    next.searchParams.set('after', String(from + size))
    return { status: 200, body, headers: { link: `<${next}>; rel="next"` } }
  }

  /** Refuses what may not be done any more; a reply where the address is another one now. */
  async check(request: LayerRequest): Promise<LayerReply | null> {
    const { name, params } = request.operation
    const token = this.#layer.tokenOf(request)
    if (token !== null) this.#requireInstalled(token.installationId, 401)
    if (name === mint) this.#requireInstalled(Number(params.installation_id), 404)
    if (params.owner === undefined || params.repo === undefined) return null
    const fullName = `${params.owner}/${params.repo}`
    const moved = this.#newNames.get(fullName)
    if (moved !== undefined) {
      const [owner = '', repo = ''] = moved.split('/')
      return ledOn(this.#layer, request, { owner, repo })
    }
    const { accounts } = this.#layer
    const isAccount = [...accounts.users, ...accounts.orgs].includes(params.owner)
    // The emulator says that a repository of nobody is not there.
    if (name.endsWith('/installation') && isAccount)
      this.#requireKnown(installationOf(accounts, params.owner))
    if (name === dispatch) await this.#requireRunning(fullName, String(params.workflow_id))
    return null
  }

  /** Takes from a list of installations what is gone, and says what is suspended. */
  trim({ operation }: LayerRequest, reply: LayerReply): LayerReply {
    if (operation.name !== 'GET /app/installations' || !Array.isArray(reply.body)) return reply
    const body = (reply.body as (Fields & { id: number })[])
      .filter(({ id }) => !this.#removed.has(id))
      .map((one) => (this.#suspended.has(one.id) ? { ...one, suspended_at: new Date().toISOString() } : one))
    return { ...reply, body }
  }

  #requireKnown(installation: number): void {
    if (this.#removed.has(installation)) throw new Refused(404, 'Not Found')
  }

  #requireInstalled(installation: number, gone: 401 | 404): void {
    if (this.#removed.has(installation))
      throw new Refused(gone, gone === 401 ? 'Bad credentials' : 'Not Found')
    if (this.#suspended.has(installation)) throw new Refused(403, 'This installation has been suspended')
  }

  async #requireRunning(fullName: string, workflow: string): Promise<void> {
    const repository = await this.#layer.repository(fullName).catch(() => null)
    if (repository?.archived === true) throw new Refused(403, 'Repository was archived so is read-only.')
    if (this.#disabled.has(`${fullName} `)) {
      // GitHub documents no words for it; these are of the kind that it uses elsewhere.
      throw new Refused(422, 'Actions has been disabled for this repository.')
    }
    if (this.#disabled.has(`${fullName} ${workflow}`)) {
      throw new Refused(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    }
  }

  /** An installation as its webhooks describe it. */
  async #installation(id: number): Promise<Fields & { readonly account: Fields }> {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(String(this.#app.id))
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(await importPKCS8(this.#app.privateKey, 'RS256'))
    const { backing, origin } = this.#layer
    const path = `/app/installations/${id}`
    const { body } = await backing.request('GET', path, { authorization: `Bearer ${token}` })
    const told = { kind: 'reply', name: 'installation', status: 200, origin, body } as const
    return patched(told) as Fields & { readonly account: Fields }
  }

  async #tell(id: number, action: 'deleted' | 'suspend' | 'unsuspend'): Promise<void> {
    const installation = await this.#installation(id)
    const suspendedAt = action === 'suspend' ? new Date().toISOString() : null
    const by = action === 'suspend' ? installation.account : null
    await this.#layer.webhooks.send('installation', {
      action,
      installation: { ...installation, suspended_at: suspendedAt, suspended_by: by },
      repositories: [],
      sender: installation.account,
    })
  }
}
