import { installationOf } from './emulator.ts'
import type { Fields, Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { page, Refused } from './layer.ts'
import { suitePart } from './news-parts.ts'

type State = 'error' | 'failure' | 'pending' | 'success'

interface Status {
  readonly repository: string
  readonly sha: string
  readonly fields: Fields & { readonly context: string; readonly state: State }
}

/** What somebody on GitHub sets: a check run by an App, or a commit status by a user. */
interface NewCheck {
  readonly sha: string
  readonly name: string
  readonly state: 'pending' | 'success' | 'failure'
}

const states: readonly unknown[] = ['error', 'failure', 'pending', 'success']

/** Of one context only the newest status counts. */
function newest(statuses: readonly Status[]): Status[] {
  return [...new Map(statuses.map((one) => [one.fields.context, one])).values()]
}

function together(statuses: readonly Status[]): State {
  const said = statuses.map(({ fields }) => fields.state)
  if (said.some((state) => state === 'failure' || state === 'error')) return 'failure'
  return said.length === 0 || said.includes('pending') ? 'pending' : 'success'
}

/** Commit statuses, which the emulator does not keep, and check runs as other Apps set them. */
export class CommitStatuses {
  readonly #layer: Layer
  readonly #all: Status[] = []
  readonly #checks = new Map<string, { readonly id: number; done: boolean }>()

  constructor(layer: Layer) {
    this.#layer = layer
  }

  handlers(): [string, Handler][] {
    return [
      ['GET /repos/{owner}/{repo}/commits/{ref}/status', (request) => this.#combined(request)],
      ['POST /repos/{owner}/{repo}/statuses/{sha}', (request) => this.#create(request)],
    ]
  }

  /** Sets a commit status as the owner and tells it by its webhook. */
  async setStatus(fullName: string, { sha, name, state }: NewCheck): Promise<void> {
    const repository = await this.#layer.repository(fullName)
    await this.#add(repository, sha, { state, context: name })
  }

  /** Sets a check run, a new one where the last has ended, as running it again does; the emulator tells it. */
  async setCheck(fullName: string, { sha, name, state }: NewCheck): Promise<void> {
    const key = `${fullName} ${sha} ${name}`
    const said = state === 'pending' ? { status: 'in_progress' } : { status: 'completed', conclusion: state }
    const known = this.#checks.get(key)
    if (known !== undefined && !known.done) {
      const before = this.#tellings(known.id)
      known.done = state !== 'pending'
      await this.#layer.asOwner(fullName, 'PATCH', `/check-runs/${known.id}`, said)
      if (known.done) await this.#tellingAfter(known.id, before)
      return
    }
    const details_url = `${this.#layer.origin}/${fullName}/checks`
    const body = { name, head_sha: sha, details_url, started_at: new Date().toISOString(), ...said }
    const made = await this.#layer.asOwner<{ id: number }>(fullName, 'POST', '/check-runs', body)
    this.#checks.set(key, { id: made.id, done: state !== 'pending' })
    await this.#tellingAfter(made.id, 0)
  }

  #tellings(check: number): number {
    const about = ({ check_run }: Fields) => (check_run as Fields | undefined)?.id === check
    return this.#layer.webhooks.deliveries().filter(({ payload }) => about(payload)).length
  }

  #tellingAfter(check: number, before: number): Promise<void> {
    return this.#layer.webhooks.delivered(() => this.#tellings(check) > before)
  }

  /** Changes an ended check run without a word, as when its webhook is lost; its suite tells that it is done. */
  async changeInSuite(fullName: string, { sha, name, state }: NewCheck): Promise<void> {
    const known = this.#checks.get(`${fullName} ${sha} ${name}`)
    const said = { status: 'completed', conclusion: state }
    await this.#layer.asOwner(fullName, 'PATCH', `/check-runs/${known?.id}`, said)
    const repository = await this.#layer.repository(fullName)
    const commit = await this.#layer.asOwner<Fields>(fullName, 'GET', `/git/commits/${sha}`)
    await this.#layer.webhooks.send('check_suite', {
      action: 'completed',
      check_suite: suitePart(repository, sha, commit),
      ...(await this.#told(repository)),
    })
  }

  /** What every webhook says of where it comes from. */
  async #told(repository: RepositoryFields): Promise<Fields> {
    const id = installationOf(this.#layer.accounts, repository.owner.login)
    const sender = await this.#creator(repository)
    return { repository, sender, installation: this.#layer.installationPart(id) }
  }

  async #allowed(request: LayerRequest, least: 'read' | 'write'): Promise<RepositoryFields> {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'statuses', least)
    return repository
  }

  async #combined(request: LayerRequest) {
    const repository = await this.#allowed(request, 'read')
    const sha = request.operation.params.ref ?? ''
    const own = newest(this.#all.filter((one) => one.repository === repository.full_name && one.sha === sha))
    const { entries, headers } = page(request, this.#layer.origin, own)
    const body = {
      state: together(own),
      statuses: entries.map(({ fields }) => fields),
      sha,
      total_count: own.length,
      repository,
      commit_url: `${repository.url}/commits/${sha}`,
      url: `${repository.url}/commits/${sha}/status`,
    }
    return { status: 200, body, headers }
  }

  async #create(request: LayerRequest) {
    const repository = await this.#allowed(request, 'write')
    if (!states.includes(request.body.state)) throw new Refused(422, 'Validation Failed')
    const status = await this.#add(repository, request.operation.params.sha ?? '', request.body)
    return { status: 201, body: { ...status.fields, creator: await this.#creator(repository) } }
  }

  #creator(repository: RepositoryFields): Promise<Fields> {
    return this.#layer.account(repository.owner.login)
  }

  async #add(repository: RepositoryFields, sha: string, said: Fields): Promise<Status> {
    const id = this.#all.length + 1
    const now = new Date().toISOString()
    const fields = {
      id,
      node_id: `SC_${id}`,
      state: said.state as State,
      context: String(said.context ?? 'default'),
      description: said.description ?? null,
      target_url: said.target_url ?? null,
      avatar_url: null,
      url: `${repository.url}/statuses/${sha}`,
      created_at: now,
      updated_at: now,
    }
    const status = { repository: repository.full_name, sha, fields }
    this.#all.push(status)
    await this.#tell(repository, status)
    return status
  }

  async #tell(repository: RepositoryFields, { sha, fields }: Status): Promise<void> {
    const { id, state, context, description, target_url, created_at, updated_at } = fields
    const said = { id, state, context, description, target_url, created_at, updated_at }
    await this.#layer.webhooks.send('status', {
      ...said,
      sha,
      name: repository.full_name,
      avatar_url: null,
      commit: await this.#commitPart(repository, sha),
      branches: [],
      ...(await this.#told(repository)),
    })
  }

  async #commitPart(repository: RepositoryFields, sha: string): Promise<Fields> {
    const path = `/git/commits/${sha}`
    const { author, committer, message, tree } = await this.#layer.asOwner<Fields>(
      repository.full_name,
      'GET',
      path,
    )
    const url = `${repository.url}/commits/${sha}`
    const verification = {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    }
    const commit = {
      author,
      committer,
      message,
      tree,
      url: `${repository.url}${path}`,
      comment_count: 0,
      verification,
    }
    return {
      sha,
      node_id: `C_${sha}`,
      commit,
      url,
      html_url: `${repository.html_url}/commit/${sha}`,
      comments_url: `${url}/comments`,
      author: null,
      committer: null,
      parents: [],
    }
  }
}
