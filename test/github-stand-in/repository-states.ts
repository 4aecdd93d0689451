import { importPKCS8, SignJWT } from 'jose'
import { type AppSettings, installationOf } from './emulator.ts'
import { type Fields, type Layer, type LayerReply, type LayerRequest, Refused } from './layer.ts'
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

  /** The old name leads to the new one from now on. */
  async rename(fullName: string, name: string): Promise<void> {
    await this.#layer.asOwner(fullName, 'PATCH', '', { name })
    this.#isNow(fullName, `${fullName.split('/')[0]}/${name}`)
  }

  #isNow(fullName: string, renamed: string): void {
    this.#layer.repositories.delete(fullName)
    this.#layer.repositories.add(renamed)
    this.#newNames.set(fullName, renamed)
    this.#layer.firstNames.set(renamed, this.#layer.firstNames.get(fullName) ?? fullName)
  }

  async #tellOf(fullName: string, action: string): Promise<void> {
    const repository = await this.#layer.repository(fullName)
    const installation = this.#layer.installationPart(
      installationOf(this.#layer.accounts, repository.owner.login),
    )
    const sender = await this.#layer.account(repository.owner.login)
    await this.#layer.webhooks.send('repository', { action, repository, sender, installation })
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

  /** The owner publishes an advisory in a repository. */
  async publishAdvisory(fullName: string, advisory: NewAdvisory): Promise<void> {
    const repository = await this.#layer.repository(fullName)
    const sender = await this.#layer.account(repository.owner.login)
    const author = await this.#layer.account('maintainer')
    const id = installationOf(this.#layer.accounts, repository.owner.login)
    await this.#layer.webhooks.send('repository_advisory', {
      action: 'published',
      repository_advisory: advisoryPart(repository, advisory, author),
      repository,
      sender,
      installation: this.#layer.installationPart(id),
    })
  }

  /** Refuses what may not be done any more; a reply where the address is another one now. */
  async check(request: LayerRequest): Promise<LayerReply | null> {
    const { name, params } = request.operation
    const token = this.#layer.tokenOf(request)
    if (token !== null) this.#requireInstalled(token.installationId, 401)
    if (name === mint) this.#requireInstalled(Number(params.installation_id), 404)
    const { owner, repo } = params
    if (owner === undefined || repo === undefined) return null
    const fullName = `${owner}/${repo}`
    const moved = this.#newNames.get(fullName)
    if (moved !== undefined) return this.#moved(request, moved)
    const { accounts } = this.#layer
    const isAccount = [...accounts.users, ...accounts.orgs].includes(owner)
    // The emulator says that a repository of nobody is not there.
    if (name.endsWith('/installation') && isAccount) this.#requireKnown(installationOf(accounts, owner))
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

  #moved({ operation, query }: LayerRequest, fullName: string): LayerReply {
    const [owner = '', repo = ''] = fullName.split('/')
    const params: Record<string, string> = { ...operation.params, owner, repo }
    const path = operation.template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
    const location = `${this.#layer.origin}${path}${query.size > 0 ? `?${query}` : ''}`
    return { status: operation.method === 'GET' ? 301 : 307, headers: { location } }
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

  async #tell(id: number, action: 'deleted' | 'suspend' | 'unsuspend'): Promise<void> {
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
    const installation = patched(told) as Fields & { account: Fields }
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
