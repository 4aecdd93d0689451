import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EmulatorReply } from './emulator.ts'
import type { Fields, Handler, Layer, LayerReply, LayerRequest } from './layer.ts'
import { Refused } from './layer.ts'
import { type Message, patched } from './patches.ts'
import type { GithubSchema, Operation } from './schema.ts'

/** A message that GitHub would not have taken or sent. One of them fails a run. */
export interface Violation {
  /** Operation, event, or method and path where there is no operation. */
  readonly where: string
  readonly problems: readonly string[]
}

export interface WireOptions {
  readonly schema: GithubSchema
  readonly layer: Layer
  /** Operations that the layer answers itself, by name. */
  readonly handlers: ReadonlyMap<string, Handler>
  /** What people made of repositories and issues since: asked before an answer is looked for, and after. */
  readonly since: readonly Since[]
  /** Called with everything the emulator says, before it is patched. */
  readonly observe: (message: Message) => void
  readonly onViolation: (violation: Violation) => void
}

/** A part of the layer that refuses, leads elsewhere or takes out of lists what is no longer there. */
interface Since {
  check(request: LayerRequest): Promise<LayerReply | null> | null
  trim(request: LayerRequest, reply: LayerReply): LayerReply
}

const passedOn = ['link', 'etag', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function pathOf(operation: Operation): string {
  return operation.template.replace(/\{(\w+)\}/g, (_, name: string) =>
    (operation.params[name] ?? '').split('/').map(encodeURIComponent).join('/'),
  )
}

/** A limit that GitHub is to run into: the next requests of an operation are refused with these headers. */
export interface Limit {
  readonly operation: string
  readonly status: 403 | 429
  readonly headers: Readonly<Record<string, string>>
}

/** Refusals of the emulator lack the address of the documentation. */
function withDocumentation(status: number, body: unknown): unknown {
  if (status < 400 || typeof body !== 'object' || body === null || 'documentation_url' in body) return body
  return { ...body, documentation_url: 'https://docs.github.com/rest' }
}

/** The socket path: every request and reply is checked here, whoever answers it. */
export class Wire {
  readonly violations: Violation[] = []
  readonly operations = new Map<string, number>()
  readonly #limits: Limit[] = []
  #underway = 0
  readonly #options: WireOptions

  constructor(options: WireOptions) {
    this.#options = options
  }

  /** Refuses the next request of an operation; several limits are met one after the other. */
  limit(limit: Limit): void {
    this.#limits.push(limit)
  }

  /** Notes what is wrong and tells it at once. */
  violate(where: string, problems: readonly string[]): void {
    if (problems.length === 0) return
    this.violations.push({ where, problems })
    this.#options.onViolation({ where, problems })
  }

  /** Waits until no request is under way. */
  async settled(): Promise<void> {
    while (this.#underway > 0) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underway += 1
    try {
      await this.#handle(request, response)
    } finally {
      this.#underway -= 1
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#options.layer.origin)
    const method = request.method ?? 'GET'
    const text = await textOf(request)
    const reply = await this.#answer(method, url, request, text)
    const json = reply.body !== undefined && typeof reply.body !== 'string'
    response.writeHead(reply.status, {
      ...(json ? { 'content-type': 'application/json; charset=utf-8' } : {}),
      'x-github-request-id': crypto.randomUUID(),
      ...reply.headers,
    })
    response.end(json ? JSON.stringify(reply.body) : (reply.body as string | undefined))
  }

  async #answer(method: string, url: URL, raw: IncomingMessage, text: string): Promise<LayerReply> {
    const { schema } = this.#options
    const operation = schema.operation(method, url.pathname)
    if (operation === null) {
      return this.#refuse(`${method} ${url.pathname}`, ['is not an operation in openapi-subset.json'])
    }
    this.operations.set(operation.name, (this.operations.get(operation.name) ?? 0) + 1)
    const body = this.#parse(text)
    if (body === 'broken') return this.#refuse(operation.name, ['body: is not JSON'])
    const problems = schema.checkRequest(operation, url.searchParams, body)
    if (problems.length > 0) return this.#refuse(operation.name, problems)
    const limited = this.#limits.findIndex((limit) => limit.operation === operation.name)
    const [limit] = limited === -1 ? [] : this.#limits.splice(limited, 1)
    if (limit !== undefined) {
      const message =
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
      return { status: limit.status, headers: limit.headers, body: { message } }
    }
    const request: LayerRequest = {
      operation,
      query: url.searchParams,
      body: (body ?? {}) as Fields,
      authorization: raw.headers.authorization,
      accept: raw.headers.accept,
    }
    const reply = await this.#reply(request, text)
    const verdict =
      typeof reply.body === 'string' ? [] : schema.checkReply(operation, reply.status, reply.body)
    return verdict.length > 0 ? this.#refuse(operation.name, verdict) : reply
  }

  #parse(text: string): unknown {
    if (text === '') return undefined
    try {
      return JSON.parse(text)
    } catch {
      return 'broken'
    }
  }

  async #reply(request: LayerRequest, text: string): Promise<LayerReply> {
    const handler = this.#options.handlers.get(request.operation.name)
    try {
      const { layer, since } = this.#options
      layer.requireKnown(request.authorization)
      for (const one of since) {
        const moved = await one.check(request)
        if (moved !== null) return moved
      }
      const reply = handler === undefined ? await this.#forward(request, text) : await handler(request)
      return since.reduce((kept, one) => one.trim(request, kept), reply)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const documentation = 'https://docs.github.com/rest'
      const body = { message: error.message, documentation_url: documentation, status: String(error.status) }
      return { status: error.status, body: error.status === 422 ? { ...body, errors: [] } : body }
    }
  }

  async #forward(request: LayerRequest, text: string): Promise<LayerReply> {
    const { operation, query } = request
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (request.authorization !== undefined) headers.authorization = request.authorization
    if (request.accept !== undefined) headers.accept = request.accept
    const path = `${pathOf(operation)}${query.size > 0 ? `?${query}` : ''}`
    const { backing } = this.#options.layer
    const reply = await backing.request(operation.method, path, headers, text === '' ? undefined : text)
    this.#remember(request, reply)
    const message: Message = {
      kind: 'reply',
      name: operation.name,
      status: reply.status,
      origin: this.#options.layer.origin,
      body: reply.body,
    }
    if (reply.body !== undefined) this.#options.observe(message)
    const kept = passedOn.flatMap((name) => {
      const value = reply.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    const plain = reply.text === '' ? undefined : reply.text
    const body = reply.body === undefined ? plain : withDocumentation(reply.status, patched(message))
    const type = reply.headers.get('content-type')
    const typed = typeof body === 'string' && type !== null ? { 'content-type': type } : {}
    return { status: reply.status, body, headers: { ...Object.fromEntries(kept), ...typed } }
  }

  /** Tokens are the emulator's; the layer must know whose they are to guard what it answers itself. */
  #remember(request: LayerRequest, reply: EmulatorReply): void {
    if (request.operation.name !== 'POST /app/installations/{installation_id}/access_tokens') return
    if (reply.status !== 201) return
    const body = reply.body as {
      token: string
      permissions: Record<string, string>
      repositories?: { id: number }[]
    }
    const installationId = Number(request.operation.params.installation_id)
    const { accounts } = this.#options.layer
    this.#options.layer.tokens.set(body.token, {
      installationId,
      account: [...accounts.users, ...accounts.orgs][installationId - 1001] ?? '',
      permissions: body.permissions,
      repositoryIds: body.repositories?.map((repository) => repository.id) ?? null,
    })
  }

  #refuse(where: string, problems: readonly string[]): LayerReply {
    this.violate(where, problems)
    const message = `GitHub stand-in: ${where}: ${problems.join('; ')}`
    return { status: 500, body: { message } }
  }
}
