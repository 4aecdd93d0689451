import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { importPKCS8, SignJWT } from 'jose'
import { type GithubOptions, startGithub } from './github.ts'
import type { GithubStandIn } from './stand-in.ts'

/** A webhook as it came over the wire. */
interface Received {
  readonly event: string
  readonly guid: string
  readonly signature: string
  readonly body: string
  readonly payload: Record<string, unknown>
}

/** A stand-in with a receiver of webhooks, and the App's own credentials. */
export interface Rig {
  readonly github: GithubStandIn
  readonly received: readonly Received[]
  readonly secret: string
  /** Where its webhooks are received. */
  readonly url: string
  /** Speaks to the API; the path is what a client would write. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<{ status: number; body: T }>
  appToken(): Promise<string>
  installationToken(account: string, limits?: Record<string, unknown>): Promise<string>
  /** Ends it; rejects when anything on the wire was not as GitHub describes it, but for what a test did on purpose. */
  close(onPurpose?: number): Promise<void>
}

export const appKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

/** An App's own JWT. */
export async function appJwt(appId: number, key: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(String(appId))
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(await importPKCS8(key, 'RS256'))
}

/** Starts a stand-in whose webhooks are received here. */
export async function startRig(options: Partial<GithubOptions> = {}): Promise<Rig> {
  const received: Received[] = []
  const secret = 'webhook-secret'
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    received.push({
      event: String(request.headers['x-github-event']),
      guid: String(request.headers['x-github-delivery']),
      signature: String(request.headers['x-hub-signature-256']),
      body,
      payload: JSON.parse(body),
    })
    response.writeHead(202).end('{}')
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : null
  const webhook = { url: `http://127.0.0.1:${port}/`, secret }
  const github = await startGithub({ app: { id: 77, privateKey: appKey }, webhook, ...options })
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    token: string = github.token('maintainer'),
  ): Promise<{ status: number; body: T }> => {
    const reply = await fetch(`${github.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const appToken = () => appJwt(77, appKey)
  return {
    github,
    received,
    secret,
    url: webhook.url,
    call,
    appToken,
    async installationToken(account, limits) {
      const path = `/app/installations/${github.installation(account)}/access_tokens`
      const { body } = await call<{ token: string }>('POST', path, limits ?? {}, await appToken())
      return String(body.token)
    },
    async close(onPurpose = 0) {
      const violations = github.violations()
      await github.stop()
      receiver.closeAllConnections()
      await new Promise((resolve) => receiver.close(resolve))
      if (violations.length !== onPurpose) {
        throw new Error(
          `${violations.length} violations, expected ${onPurpose}: ${JSON.stringify(violations)}`,
        )
      }
    },
  }
}
