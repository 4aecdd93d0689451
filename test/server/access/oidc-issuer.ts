/** An issuer of workflow tokens on loopback, as GitHub's, with its keys found by discovery. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface OidcIssuer {
  readonly url: string
  /** How often the keys were asked for. */
  readonly keyRequests: () => number
  /** A token with the claims of a run; what is given differs. */
  token(change?: TokenChange): Promise<string>
  close(): Promise<void>
}

export interface TokenChange {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly audience?: string
  readonly issuer?: string
  /** Seconds from now. */
  readonly issuedAt?: number
  readonly lifetime?: number
  /** Signs with a key that the issuer does not know. */
  readonly forged?: boolean
}

const runClaims = {
  repository: 'acme/app',
  repository_id: '501',
  repository_owner_id: '9',
  workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
  event_name: 'workflow_dispatch',
  run_id: '7001',
  run_attempt: '1',
}

export async function startIssuer(): Promise<OidcIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const forger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  let keyRequests = 0
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/keys') keyRequests += 1
    response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : { jwks_uri: `${url}/keys` }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let count = 0
  return {
    url,
    keyRequests: () => keyRequests,
    token: async (change = {}) => {
      count += 1
      const now = Math.floor(Date.now() / 1000) + (change.issuedAt ?? 0)
      return new SignJWT({ jti: `token-${count}`, ...runClaims, ...change.claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuer(change.issuer ?? url)
        .setAudience(change.audience ?? 'slipway')
        .setIssuedAt(now)
        .setExpirationTime(now + (change.lifetime ?? 300))
        .sign(change.forged ? forger.privateKey : privateKey)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
