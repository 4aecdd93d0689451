import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Fields = { [key: string]: Json }

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: Fields
}

/** One operation of GitHub's description and the values its path held. */
export interface Operation {
  /** Method and path template, for example `GET /repos/{owner}/{repo}/issues`. */
  readonly name: string
  readonly method: string
  readonly template: string
  readonly params: Readonly<Record<string, string>>
}

interface Route {
  readonly method: string
  readonly template: string
  readonly pattern: RegExp
  readonly names: readonly string[]
  readonly literals: number
}

/** Values that hold slashes on GitHub, whether the client encodes them or not. */
const spanning = new Set(['path', 'ref', 'basehead', 'tag'])
const source = new URL('../fixtures/github/openapi-subset.json.gz', import.meta.url)

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The account of a listed installation is written as a user *and* an enterprise there, which nothing can be;
 * the same account read by itself is one or the other.
 */
function isUserAndEnterprise(node: Fields): boolean {
  const titles = Array.isArray(node.allOf)
    ? node.allOf.map((part) => (isFields(part) ? part.title : null))
    : []
  return titles.includes('Simple User') && titles.includes('Enterprise')
}

/** `nullable` is OpenAPI 3.0's word; JSON Schema says it as a union. */
function rewritten(node: Json): Json {
  if (Array.isArray(node)) return node.map(rewritten)
  if (!isFields(node)) return node
  const copy: Fields = {}
  for (const [key, value] of Object.entries(node)) copy[key] = rewritten(value)
  if (isUserAndEnterprise(copy)) {
    copy.anyOf = copy.allOf ?? []
    delete copy.allOf
  }
  if (node.nullable !== true) return copy
  delete copy.nullable
  return { anyOf: [copy, { type: 'null' }] }
}

/** Objects that list their fields take no others; GitHub ignores unknown fields silently, the stand-in does not. */
function closeObjects(node: Json): Json {
  if (Array.isArray(node)) return node.map(closeObjects)
  if (!isFields(node)) return node
  const copy: Fields = {}
  for (const [key, value] of Object.entries(node)) copy[key] = closeObjects(value)
  const listed = isFields(node.properties) && node.type === 'object'
  if (listed && node.additionalProperties === undefined) copy.additionalProperties = false
  return copy
}

function validator(spec: Fields): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateSchema: false })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'gh', ...spec })
  return ajv
}

function pointer(...parts: readonly string[]): string {
  const escaped = parts.map((part) =>
    encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')).replaceAll('%2F', '/'),
  )
  return `gh#/${escaped.join('/')}`
}

function toRoute(method: string, template: string): Route {
  const names: string[] = []
  const pattern = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name)
    return spanning.has(name) ? '(.+)' : '([^/]+)'
  })
  const literals = template.split('/').filter((part) => !part.startsWith('{')).length
  return { method: method.toUpperCase(), template, pattern: new RegExp(`^${pattern}$`), names, literals }
}

function describe(check: ValidateFunction, where: string): string[] {
  return (check.errors ?? []).map((error) => {
    const extra = isFields(error.params) && error.params.additionalProperty
    const name = typeof extra === 'string' ? ` (${extra})` : ''
    return `${where}${error.instancePath}: ${error.message ?? 'invalid'}${name}`
  })
}

/** Events that the cut of the description is without; GitHub's own examples are replayed for them (payload-replay). */
const leftOut: ReadonlySet<string> = new Set(['repository'])

/**
 * GitHub's published description, asked about every message that passes the stand-in's socket. Each `check…`
 * answers the list of problems, empty when the message is one that GitHub would send or take.
 */
export class GithubSchema {
  readonly #spec: Fields
  readonly #routes: readonly Route[]
  readonly #open: Ajv
  readonly #closed: Ajv
  readonly #checks = new Map<string, ValidateFunction>()

  constructor(text: string = gunzipSync(readFileSync(source)).toString('utf8')) {
    this.#spec = rewritten(JSON.parse(text)) as Fields
    const paths = this.#spec.paths as Fields
    this.#routes = Object.entries(paths)
      .flatMap(([template, methods]) => Object.keys(methods as Fields).map((m) => toRoute(m, template)))
      .sort((a, b) => b.literals - a.literals)
    this.#open = validator(this.#spec)
    this.#closed = validator(closeObjects(this.#spec) as Fields)
  }

  /** The operation that a method and a path (still percent-encoded, no query) name, or null. */
  operation(method: string, path: string): Operation | null {
    for (const route of this.#routes) {
      if (route.method !== method) continue
      const found = route.pattern.exec(path)
      if (found === null) continue
      const params: Record<string, string> = {}
      for (const [index, name] of route.names.entries()) {
        params[name] = decodeURIComponent(found[index + 1] ?? '')
      }
      return { name: `${method} ${route.template}`, method, template: route.template, params }
    }
    return null
  }

  /** Problems of a request's query and body; unknown fields are problems. */
  checkRequest(operation: Operation, query: URLSearchParams, body: unknown): string[] {
    const problems = this.#checkQuery(operation, query)
    const media = this.#at(operation, 'requestBody', 'content', 'application/json', 'schema')
    if (media === null) {
      const empty = body === undefined || (isFields(body) && Object.keys(body).length === 0)
      return empty ? problems : [...problems, 'body: this operation takes none']
    }
    const required = this.#at(operation, 'requestBody')?.required === true
    if (body === undefined) return required ? [...problems, 'body: is missing'] : problems
    const ref = this.#ref(operation, 'requestBody', 'content', 'application/json', 'schema')
    return [...problems, ...this.#run(this.#closed, `closed ${ref}`, { $ref: ref }, body, 'body')]
  }

  /** Problems of a reply. A status that the operation does not document must be an error that GitHub sends anywhere. */
  checkReply(operation: Operation, status: number, body: unknown): string[] {
    if (status === 304 || (status >= 300 && status < 400 && body === undefined)) return []
    const media = this.#at(operation, 'responses', String(status), 'content', 'application/json', 'schema')
    if (media !== null) {
      const ref = this.#ref(operation, 'responses', String(status), 'content', 'application/json', 'schema')
      return this.#run(this.#open, ref, { $ref: ref }, body, `reply ${status}`)
    }
    if (this.#at(operation, 'responses', String(status)) !== null) {
      if (this.#resolvedResponse(operation, status) !== null) {
        return this.#run(
          this.#open,
          `${operation.name} ${status}`,
          this.#resolvedResponse(operation, status) ?? {},
          body,
          `reply ${status}`,
        )
      }
      return body === undefined ? [] : [`reply ${status}: has a body, GitHub sends none`]
    }
    const general = [400, 401, 403, 404, 409, 410, 415, 422, 429].includes(status)
    if (general && isFields(body) && typeof body.message === 'string') return []
    return [`reply ${status}: is not a documented answer of ${operation.name}`]
  }

  /** Problems of a webhook's payload; `event` as in `X-GitHub-Event`, the action is read from the payload. */
  checkWebhook(event: string, payload: unknown): string[] {
    const action = isFields(payload) && typeof payload.action === 'string' ? payload.action : null
    const name = [event, action]
      .filter((part) => part !== null)
      .join('-')
      .replaceAll('_', '-')
    const hooks = this.#spec['x-webhooks'] as Fields
    if (leftOut.has(event)) return []
    if (!isFields(hooks[name] ?? null)) return [`webhook ${name}: is not one that the description knows`]
    const ref = pointer('x-webhooks', name, 'requestBody', 'content', 'application/json', 'schema')
    return this.#run(this.#open, ref, { $ref: ref }, payload, `webhook ${name}`)
  }

  #run(ajv: Ajv, key: string, schema: Fields, value: unknown, where: string): string[] {
    let check = this.#checks.get(key)
    if (check === undefined) {
      check = ajv.compile(schema)
      this.#checks.set(key, check)
    }
    return check(value) ? [] : describe(check, where)
  }

  #checkQuery(operation: Operation, query: URLSearchParams): string[] {
    const listed = this.#parameters(operation).filter((parameter) => parameter.in === 'query')
    const known = new Map(listed.map((parameter) => [parameter.name, parameter]))
    const problems: string[] = []
    for (const [name, value] of query) {
      const parameter = known.get(name)
      if (parameter === undefined) problems.push(`query ${name}: is not a parameter of ${operation.name}`)
      else problems.push(...this.#checkValue(operation, parameter, value))
    }
    const missing = listed.filter((parameter) => parameter.required && !query.has(parameter.name))
    return [...problems, ...missing.map((parameter) => `query ${parameter.name}: is missing`)]
  }

  #checkValue(operation: Operation, parameter: Parameter, text: string): string[] {
    const { schema } = parameter
    const plain = schema.type === 'integer' || schema.type === 'number' ? Number(text) : text
    const value = schema.type === 'boolean' ? text === 'true' || (text === 'false' ? false : text) : plain
    const key = `query ${operation.name} ${parameter.name}`
    return this.#run(this.#open, key, schema, value, `query ${parameter.name}`)
  }

  #parameters(operation: Operation): Parameter[] {
    const own = this.#at(operation)?.parameters ?? []
    const shared = this.#spec.components as Fields
    return (own as Json[]).map((entry) => {
      const ref = isFields(entry) ? entry.$ref : undefined
      const name = typeof ref === 'string' ? (ref.split('/').at(-1) ?? '') : null
      const found = name === null ? entry : (shared.parameters as Fields)[name]
      if (!isFields(found)) throw new Error(`${operation.name} has a parameter that is not described`)
      return {
        name: String(found.name),
        in: String(found.in),
        required: found.required === true,
        schema: isFields(found.schema) ? found.schema : {},
      }
    })
  }

  #resolvedResponse(operation: Operation, status: number): Fields | null {
    const ref = this.#at(operation, 'responses', String(status))?.$ref
    return typeof ref === 'string' ? { $ref: `gh${ref}/content/application~1json/schema` } : null
  }

  #ref(operation: Operation, ...rest: readonly string[]): string {
    return pointer('paths', operation.template, operation.method.toLowerCase(), ...rest)
  }

  #at(operation: Operation, ...rest: readonly string[]): Fields | null {
    let node: Json | undefined = this.#spec.paths
    for (const part of [operation.template, operation.method.toLowerCase(), ...rest]) {
      node = isFields(node) ? node[part] : undefined
    }
    return isFields(node) ? node : null
  }
}
