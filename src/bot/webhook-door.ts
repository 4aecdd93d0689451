import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Log, messageOf } from '../engine/core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Delivery, Inbox } from '../ports/inbox.ts'
import { showValue } from '../versions/problem.ts'

export interface WebhookDoorOptions {
  readonly path: string
  readonly inbox: Inbox
  /** Whether a signature belongs to a body, in constant time. */
  readonly verify: (body: string, signature: string) => Promise<boolean>
  /** Called after a delivery was stored. */
  readonly stored: () => void
  readonly clock: Clock
  readonly log: Log
}

/** A node middleware: true when the request was for it and was answered, else `next` was called. */
export type NodeMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => Promise<boolean>

interface Answer {
  readonly status: number
  readonly title: string
  readonly detail: string
}

/** GitHub sends at most 25 MB. */
const mostBytes = 25 * 1024 * 1024

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > mostBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function wrongHeader(name: string, value: string, expected: string): Answer {
  const detail = `${name}: got ${value === '' ? 'nothing' : showValue(value)}, expected ${expected}`
  return { status: 400, title: 'The delivery is not complete', detail }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** The headers, checked; a delivery without its payload, or what is wrong. */
function readHeaders(request: IncomingMessage): Answer | { readonly guid: string; readonly event: string } {
  const event = header(request, 'x-github-event')
  if (!/^[a-z0-9_]{1,80}$/.test(event)) return wrongHeader('X-GitHub-Event', event, 'the name of an event')
  const guid = header(request, 'x-github-delivery')
  if (!/^[A-Za-z0-9-]{1,100}$/.test(guid)) return wrongHeader('X-GitHub-Delivery', guid, 'a GUID')
  const type = header(request, 'content-type')
  if (/^application\/json\b/.test(type)) return { guid, event }
  return { ...wrongHeader('Content-Type', type, 'application/json'), status: 415 }
}

async function isGenuine(options: WebhookDoorOptions, body: string, signature: string): Promise<boolean> {
  if (!/^sha256=[0-9a-f]{64}$/.test(signature)) return false
  return options.verify(body, signature)
}

async function receive(options: WebhookDoorOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST') {
    return { status: 405, title: 'Only POST', detail: 'deliveries come by POST' }
  }
  const body = await readBody(request)
  if (body === null)
    return { status: 413, title: 'Too large', detail: `a delivery has at most ${mostBytes} bytes` }
  const signature = header(request, 'x-hub-signature-256')
  if (!(await isGenuine(options, body, signature))) {
    const given = signature === '' ? 'nothing' : 'another one'
    const detail = `X-Hub-Signature-256: got ${given}, expected sha256= and the HMAC of the body under the App's webhook secret`
    return { status: 401, title: 'The signature does not belong to this body', detail }
  }
  const headers = readHeaders(request)
  if ('status' in headers) return headers
  if (!isJsonObject(body)) return { status: 400, title: 'Not JSON', detail: 'body: expected a JSON object' }
  const delivery: Delivery = { ...headers, payload: body, receivedAt: options.clock.now() }
  const isNew = await options.inbox.put(delivery)
  if (!isNew) return { status: 200, title: 'Known', detail: 'this delivery came before; it is handled once' }
  options.stored()
  return { status: 202, title: 'Stored', detail: 'the delivery is stored and will be handled' }
}

function send(response: ServerResponse, answer: Answer): void {
  const problem = answer.status >= 400
  const text = JSON.stringify({ ...(problem ? { type: 'about:blank' } : {}), ...answer })
  response.writeHead(answer.status, {
    'content-type': problem ? 'application/problem+json' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(answer.status === 405 ? { allow: 'POST' } : {}),
    ...(answer.status === 413 ? { connection: 'close' } : {}),
  })
  response.end(text)
}

/**
 * The door that GitHub knocks at: signature first, then the delivery is stored under its GUID, and only then
 * answered with a 2xx. Nothing is stored of what is forged, incomplete or no JSON. When storing fails the
 * answer is 503, so that GitHub shows the delivery as failed and it can be sent again.
 */
export function createWebhookDoor(options: WebhookDoorOptions): NodeMiddleware {
  return async (request, response, next = () => {}) => {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== options.path) {
      next()
      return false
    }
    try {
      send(response, await receive(options, request))
    } catch (error) {
      options.log.error(`webhook not stored: ${messageOf(error)}`)
      send(response, {
        status: 503,
        title: 'Not stored',
        detail: 'the delivery could not be stored; send it again',
      })
    }
    return true
  }
}
