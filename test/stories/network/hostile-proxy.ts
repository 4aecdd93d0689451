import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Luck } from '../../sim/luck.ts'

/** What stands between two programs and answers for the other side, or not at all. */
export type Fault =
  /** Leads to where the same is answered. */
  | 'moved'
  /** Leads to somebody else, who must not see a credential. */
  | 'led-astray'
  | 403
  | 404
  | 410
  | 422
  /** With the time when it ends. */
  | 429
  | 500
  | 502
  | 503
  /** The request arrives nowhere. */
  | 'cut-before'
  /** It was done, and the answer is lost. */
  | 'cut-after'
  /** Half of the answer arrives. */
  | 'cut-inside'
  /** A page to sign in at, with status 200. */
  | 'login-page'
  /** It arrives twice. */
  | 'doubled'

export interface HostileProxy {
  readonly url: string
  /** How often each fault was met. */
  readonly met: ReadonlyMap<Fault, number>
  /** Credentials that somebody else was shown. */
  readonly leaked: readonly string[]
  /** From now on nothing goes wrong. */
  calm(): void
  close(): Promise<void>
}

export interface HostileProxyOptions {
  readonly target: string
  readonly luck: Luck
  /** Share of requests that meet a fault; between them an outage of one kind that lasts for a while. */
  readonly share: number
  readonly faults: readonly [Fault, ...Fault[]]
}

const titles: Readonly<Record<number, string>> = {
  403: 'Resource not accessible by integration',
  404: 'Not Found',
  410: 'This issue was deleted',
  422: 'Validation Failed',
  429: 'You have exceeded a secondary rate limit.',
}
const moved = '/moved'

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers that are no answer of the other side. */
function refuse(response: ServerResponse, status: number, luck: Luck): void {
  const after: Record<string, string> = status === 429 ? { 'retry-after': String(luck.between(5, 120)) } : {}
  if (status >= 500) {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>')
    return
  }
  response.writeHead(status, { 'content-type': 'application/json', ...after })
  response.end(JSON.stringify({ message: titles[status], errors: [] }))
}

/** Which fault the next request meets: single ones, and at times the same one for many requests on end. */
function fateOf({ luck, share, faults }: HostileProxyOptions): () => Fault | null {
  let outage: { readonly fault: Fault; left: number } | null = null
  return () => {
    if (outage !== null && outage.left > 0) {
      outage.left -= 1
      return outage.fault
    }
    outage = null
    if (luck.chance(share / 200)) outage = { fault: luck.pick(faults), left: luck.between(10, 40) }
    return luck.chance(share) ? luck.pick(faults) : null
  }
}

/** Passes a request on as it is; addresses of the other side become this one's. */
async function passOn(
  request: IncomingMessage,
  path: string,
  body: Buffer,
  { target, url }: { readonly target: string; readonly url: string },
): Promise<{ status: number; headers: Record<string, string>; text: string }> {
  const { host: _, connection: __, 'content-length': ___, ...rest } = request.headers
  const headers = Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)])
  const reply = await fetch(`${target}${path}`, {
    method: request.method ?? 'GET',
    headers,
    redirect: 'manual',
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  })
  const own = (text: string) => text.replaceAll(target, url)
  const kept = [...reply.headers].filter(([name]) => !hopByHop.test(name))
  const ownHeaders = Object.fromEntries(kept.map(([name, value]) => [name, own(value)]))
  return { status: reply.status, headers: ownHeaders, text: own(await reply.text()) }
}

const hopByHop = /^(connection|content-length|content-encoding|transfer-encoding|keep-alive)$/

/** Somebody else's page; it notes whose credential it was shown. */
async function startElsewhere(leaked: string[]): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    if (request.headers.authorization !== undefined) leaked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<form>Sign in</form>')
  })
  return { server, url: await listen(server) }
}

/** Starts a proxy in front of `target` that is not to be trusted. What it lets through it lets through whole. */
export async function startHostileProxy(options: HostileProxyOptions): Promise<HostileProxy> {
  const { target, luck } = options
  const met = new Map<Fault, number>()
  const leaked: string[] = []
  const fate = fateOf(options)
  const elsewhere = await startElsewhere(leaked)
  let calm = false

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const wanted = request.url ?? '/'
    const path = wanted.startsWith(moved) ? wanted.slice(moved.length) : wanted
    const fault = calm || wanted !== path ? null : fate()
    if (fault !== null) met.set(fault, (met.get(fault) ?? 0) + 1)
    if (typeof fault === 'number') return refuse(response, fault, luck)
    if (fault === 'cut-before') return void request.socket.destroy()
    if (fault === 'login-page')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<form>Sign in</form>')
    if (fault === 'moved') return void response.writeHead(301, { location: `${url}${moved}${path}` }).end()
    if (fault === 'led-astray')
      return void response.writeHead(301, { location: `${elsewhere.url}/login` }).end()
    if (fault === 'doubled') await passOn(request, path, body, { target, url })
    const { status, headers, text } = await passOn(request, path, body, { target, url })
    if (fault === 'cut-after') return void request.socket.destroy()
    if (fault === 'cut-inside' && text.length > 1) {
      response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(text)) })
      response.write(text.slice(0, text.length / 2), () => request.socket.destroy())
      return
    }
    response.writeHead(status, headers).end(status === 204 || status === 304 ? undefined : text)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy())
  })
  const url = await listen(server)
  const close = async () => {
    for (const one of [server, elsewhere.server]) {
      one.closeAllConnections()
      await new Promise((resolve) => one.close(resolve))
    }
  }
  const calmDown = () => {
    calm = true
  }
  return { url, met, leaked, close, calm: calmDown }
}
