import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** Claims of a workflow job as GitHub writes them; ids are strings there. */
export interface JobClaims {
  readonly repository: string
  readonly repository_id: string
  readonly repository_owner: string
  readonly repository_owner_id: string
  readonly repository_visibility: 'public' | 'private'
  readonly workflow: string
  readonly workflow_ref: string
  readonly workflow_sha: string
  readonly job_workflow_ref: string
  readonly job_workflow_sha: string
  readonly run_id: string
  readonly run_number: string
  readonly run_attempt: string
  readonly event_name: string
  readonly ref: string
  readonly ref_type: 'branch' | 'tag'
  readonly ref_protected: string
  readonly sha: string
  readonly actor: string
  readonly actor_id: string
  readonly base_ref: string
  readonly head_ref: string
  readonly runner_environment: 'github-hosted'
  readonly environment?: string
}

/** What a job needs to ask for tokens: the two variables that a runner sets. */
export interface TokenRequest {
  readonly url: string
  readonly token: string
}

export interface OidcIssuer {
  readonly issuer: string
  discovery(): unknown
  keys(): { keys: JWK[] }
  /** Opens the way for one job; close it when the job ends. */
  grant(claims: JobClaims): TokenRequest
  revoke(request: TokenRequest): void
  /** Answers the runner's endpoint: a signed token, or null for a job that may not ask. */
  answer(authorization: string | undefined, audience: string | null): Promise<string | null>
  /** A token for given claims, signed by this issuer's key. */
  sign(claims: JobClaims, audience: string): Promise<string>
}

/** The immutable form, the default for repositories made after 2026-07-15. */
function subjectOf(claims: JobClaims): string {
  const [owner, name] = claims.repository.split('/')
  const repository = `${owner}@${claims.repository_owner_id}/${name}@${claims.repository_id}`
  const rest = claims.environment === undefined ? `ref:${claims.ref}` : `environment:${claims.environment}`
  return `repo:${repository}:${rest}`
}

/** An OIDC issuer like token.actions.githubusercontent.com at `<origin>/oidc`, RS256, with a key of its own. */
export async function createIssuer(origin: string): Promise<OidcIssuer> {
  const issuer = `${origin}/oidc`
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = randomUUID()
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }
  const granted = new Map<string, JobClaims>()
  const sign = (claims: JobClaims, audience: string): Promise<string> =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject(subjectOf(claims))
      .setAudience(audience)
      .setJti(randomUUID())
      .setNotBefore('-5s')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
  return {
    issuer,
    discovery: () => ({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    }),
    keys: () => ({ keys: [jwk] }),
    grant(claims) {
      const token = randomBytes(24).toString('base64url')
      granted.set(token, claims)
      return { url: `${origin}/_actions/token?api-version=2.0`, token }
    },
    revoke: (request) => void granted.delete(request.token),
    async answer(authorization, audience) {
      const claims = granted.get(authorization?.replace(/^bearer /i, '') ?? '')
      if (claims === undefined) return null
      return sign(claims, audience ?? `${origin}/${claims.repository_owner}`)
    },
    sign,
  }
}
