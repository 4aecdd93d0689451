import { rootCertificates } from 'node:tls'
import { Agent, type Dispatcher, fetch, ProxyAgent, request } from 'undici'
import { messageOf } from './message-of.ts'
import { isPrivateAddress, publicLookup } from './private-address.ts'

/** One upstream with its secrets resolved. */
export interface ClientSettings {
  /** The operator's own setting: the only address that may be private and that gets the credentials. */
  readonly url: string
  /** Whole value of the `Authorization` header, or null. */
  readonly authorization: string | null
  /** PEM of further certificates, or null. */
  readonly ca: string | null
  readonly proxy: string | null
  readonly hosts: readonly string[]
  readonly timeoutMs: number
}

export interface Wanted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Largest answer, unpacked. */
  readonly limitBytes: number
  /**
   * The bytes as they are sent, whatever coding they are said to be in. Some servers call a `.tar.gz` a compressed
   * `.tar`; digests are of the file.
   */
  readonly undecoded?: boolean
}

/** What came of a request; refusals of the network are values here, because another index being down is ordinary. */
export type Answer =
  | {
      readonly kind: 'ok'
      readonly status: number
      readonly url: string
      readonly headers: Headers
      readonly body: Uint8Array
    }
  | { readonly kind: 'not-modified' }
  /** The upstream says no to this address: 403, 404, 410 or 451. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly why: string }

type Headers = { get(name: string): string | null }

export interface UpstreamClient {
  get(wanted: Wanted): Promise<Answer>
  close(): Promise<void>
}

const mostRedirects = 5

/**
 * Asks one upstream. An answer counts when it is whole, not larger than allowed after unpacking, and in time.
 * Redirects lead to the upstream's own host or one of `hosts`, and never to a private address except the
 * operator's own upstream; credentials go to the upstream's own host only.
 */
export function createUpstreamClient(settings: ClientSettings): UpstreamClient {
  const home = new URL(settings.url)
  const trusted = new Set([home.host, ...settings.hosts])
  const own = dispatcherOf(settings, false)
  const guarded = dispatcherOf(settings, true)
  const get = async (wanted: Wanted): Promise<Answer> => {
    const signal = AbortSignal.timeout(settings.timeoutMs)
    let url = new URL(wanted.url)
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const isHome = url.host === home.host && url.protocol === home.protocol
      const refusal = isHome ? null : refusalOf(url, home, trusted)
      if (refusal !== null) return { kind: 'failed', why: refusal }
      const authorization = isHome ? settings.authorization : null
      const send = wanted.undecoded === true ? sendUndecoded : sendDecoded
      const response = await send(url.href, {
        headers: {
          'user-agent': 'Slipway',
          ...wanted.headers,
          ...(authorization !== null && { authorization }),
        },
        dispatcher: isHome ? own : guarded,
        signal,
      })
      const location = response.headers.get('location')
      if (response.status < 300 || response.status === 304 || location === null || response.status >= 400) {
        return read(response, url.href, wanted.limitBytes)
      }
      await response.discard()
      if (!URL.canParse(location, url.href))
        return { kind: 'failed', why: 'it redirects to something that is no address' }
      url = new URL(location, url.href)
    }
    return { kind: 'failed', why: `it redirects more than ${mostRedirects} times` }
  }
  return {
    get: (wanted) =>
      get(wanted).catch((error: unknown): Answer => ({ kind: 'failed', why: reasonOf(error, settings) })),
    close: async () => {
      await Promise.all([own.destroy(), guarded.destroy()])
    },
  }
}

function refusalOf(url: URL, home: URL, trusted: ReadonlySet<string>): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `it leads to ${url.protocol}, not to http or https`
  if (home.protocol === 'https:' && url.protocol === 'http:') return 'it leads from https to http'
  if (!trusted.has(url.host)) return `it leads to ${url.host}, which is not among the hosts of this upstream`
  if (url.hostname === 'localhost' || isPrivateAddress(url.hostname)) {
    return `it leads to the private address ${url.host}`
  }
  return null
}

function dispatcherOf({ ca, proxy, timeoutMs }: ClientSettings, guard: boolean): Dispatcher {
  const tls = ca === null ? {} : { ca: [...rootCertificates, ca] }
  const times = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs }
  // Behind a proxy it is the proxy that resolves names; the list of hosts still holds.
  if (proxy !== null) return new ProxyAgent({ uri: proxy, requestTls: tls, proxyTls: tls, ...times })
  const connect = { ...tls, timeout: timeoutMs, ...(guard && { lookup: publicLookup }) }
  return new Agent({ connect, ...times, connections: 32 })
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher
  readonly signal: AbortSignal
}

interface Response {
  readonly status: number
  readonly headers: Headers
  readonly body: AsyncIterable<Uint8Array> | null
  /** Lets the connection go without reading what is left. */
  discard(): Promise<void>
}

async function sendDecoded(url: string, sent: Sent): Promise<Response> {
  const { status, headers, body } = await fetch(url, { ...sent, redirect: 'manual' })
  return { status, headers, body, discard: async () => body?.cancel() }
}

async function sendUndecoded(url: string, { headers, ...sent }: Sent): Promise<Response> {
  const asked = { ...headers, 'accept-encoding': 'identity' }
  const { statusCode, headers: given, body } = await request(url, { ...sent, headers: asked })
  const get = (name: string) => [given[name] ?? []].flat().join(', ') || null
  return { status: statusCode, headers: { get }, body, discard: () => body.dump() }
}

async function read(response: Response, url: string, limitBytes: number): Promise<Answer> {
  const { status } = response
  if (status === 304) return { kind: 'not-modified' }
  if (status === 403 || status === 404 || status === 410 || status === 451) {
    await response.discard()
    return { kind: 'refused', status }
  }
  if (status !== 200) {
    await response.discard()
    return { kind: 'failed', why: `it answered ${status}` }
  }
  const announced = Number(response.headers.get('content-length') ?? 0)
  const chunks: Uint8Array[] = []
  let length = 0
  // Counted after unpacking, chunk by chunk: a small answer may unpack to any size.
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > limitBytes || announced > limitBytes) {
      return { kind: 'failed', why: `the answer is larger than ${limitBytes} bytes` }
    }
    chunks.push(chunk)
  }
  return { kind: 'ok', status, url, headers: response.headers, body: Buffer.concat(chunks, length) }
}

function reasonOf(error: unknown, { timeoutMs }: ClientSettings): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no whole answer within ${timeoutMs} ms`
  // undici says what happened in the cause: `fetch failed` alone helps nobody.
  const { cause } = error instanceof Error ? error : { cause: undefined }
  // `fetch` hides an answer of 407 behind an error without a word.
  if (cause instanceof Error && cause.message === '')
    return 'no answer, as where a proxy wants credentials (407)'
  return cause === undefined ? messageOf(error) : messageOf(cause)
}
