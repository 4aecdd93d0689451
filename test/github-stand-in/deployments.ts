import type { Fields, Handler, Layer, LayerRequest, RepositoryFields } from './layer.ts'
import { page, Refused } from './layer.ts'

interface Deployment {
  readonly repository: string
  readonly fields: Fields & { readonly id: number; readonly environment: string; readonly sha: string }
  readonly states: Fields[]
}

/** A deployment as a person reads it: where, and the states it went through. */
export interface DeploymentView {
  readonly environment: string
  readonly description: string
  readonly states: readonly string[]
}

const sha = /^[0-9a-f]{40}$/

/** Deployments and their statuses, which the emulator does not keep. */
export class Deployments {
  readonly #layer: Layer
  readonly #all: Deployment[] = []
  #lastDeployment = 0
  #lastState = 0

  constructor(layer: Layer) {
    this.#layer = layer
  }

  of(fullName: string): readonly DeploymentView[] {
    return this.#all
      .filter(({ repository }) => repository === fullName)
      .map(({ fields, states }) => ({
        environment: fields.environment,
        description: String(fields.description),
        states: states.map(({ state }) => String(state)),
      }))
  }

  handlers(): [string, Handler][] {
    const at = '/repos/{owner}/{repo}/deployments'
    return [
      [`GET ${at}`, (request) => this.#list(request)],
      [`POST ${at}`, (request) => this.#create(request)],
      [`POST ${at}/{deployment_id}/statuses`, (request) => this.#setState(request)],
    ]
  }

  async #allowed(request: LayerRequest, least: 'read' | 'write'): Promise<RepositoryFields> {
    const repository = await this.#layer.visibleRepository(request)
    this.#layer.requirePermission(request, repository, 'deployments', least)
    return repository
  }

  async #list(request: LayerRequest) {
    const repository = await this.#allowed(request, 'read')
    const wanted = ['sha', 'ref', 'task', 'environment'].flatMap((name) => {
      const value = request.query.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    const found = this.#all
      .filter((one) => one.repository === repository.full_name)
      .map(({ fields }) => fields)
      .filter((fields) => wanted.every(([name, value]) => fields[name] === value))
      .reverse()
    const { entries, headers } = page(request, this.#layer.origin, found)
    return { status: 200, body: entries, headers }
  }

  async #create(request: LayerRequest) {
    const repository = await this.#allowed(request, 'write')
    const { body } = request
    const ref = String(body.ref)
    // Without an empty list GitHub asks that every check of the commit has passed.
    if (!Array.isArray(body.required_contexts) || body.auto_merge !== false) {
      throw new Refused(409, 'Conflict: Commit status checks failed')
    }
    if (!sha.test(ref)) throw new Refused(422, `No ref found for: ${ref}`)
    const id = ++this.#lastDeployment
    const url = `${repository.url}/deployments/${id}`
    const now = new Date().toISOString()
    const fields = {
      id,
      node_id: `DE_${id}`,
      url,
      sha: ref,
      ref,
      task: String(body.task ?? 'deploy'),
      payload: body.payload ?? {},
      original_environment: String(body.environment),
      environment: String(body.environment),
      description: body.description ?? null,
      creator: await this.#layer.account(repository.owner.login),
      created_at: now,
      updated_at: now,
      statuses_url: `${url}/statuses`,
      repository_url: repository.url,
      transient_environment: false,
      production_environment: body.production_environment === true,
    }
    this.#all.push({ repository: repository.full_name, fields, states: [] })
    return { status: 201, body: fields }
  }

  async #setState(request: LayerRequest) {
    const repository = await this.#allowed(request, 'write')
    const id = Number(request.operation.params.deployment_id)
    const known = this.#all.find((one) => one.fields.id === id && one.repository === repository.full_name)
    if (known === undefined) throw new Refused(404, 'Not Found')
    const { body } = request
    const url = `${repository.url}/deployments/${id}`
    const state = {
      id: ++this.#lastState,
      node_id: `DES_${this.#lastState}`,
      url: `${url}/statuses/${this.#lastState}`,
      state: body.state,
      creator: null,
      description: body.description ?? '',
      environment: known.fields.environment,
      target_url: body.log_url ?? '',
      log_url: body.log_url ?? '',
      environment_url: body.environment_url ?? '',
      created_at: new Date().toISOString(),
      updated_at: new Date().toISOString(),
      deployment_url: url,
      repository_url: repository.url,
    }
    known.states.push(state)
    return { status: 201, body: state }
  }
}
