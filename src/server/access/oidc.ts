import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { HttpProblem } from '../http/problem.ts'

/** What a workflow token proves. Never `sub`: its form changes (facts: immutable subjects). */
export interface WorkflowIdentity {
  readonly repositoryId: string
  readonly repository: string
  readonly repositoryOwnerId: string
  readonly workflowRef: string
  /** True unless the token says that everybody may see the repository. */
  readonly private: boolean
  readonly environment: string | null
  readonly eventName: string
  readonly runId: number
  readonly runAttempt: number
  /** The commit that triggered the run; null when the token does not say it as a whole hash. */
  readonly commit: string | null
  readonly jti: string
  /** Integer ms. */
  readonly expiresAt: number
}

export type Verified =
  | { readonly ok: true; readonly identity: WorkflowIdentity }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Verifies tokens of GitHub Actions: RS256, one issuer, one audience, required claims. */
export interface OidcVerifier {
  /** `audience`: instead of the one of reports. */
  verify(token: string, audience?: string): Promise<Verified>
}

const wholeNumber = z.coerce.number().int().positive()
const claims = z.object({
  jti: z.string().min(1),
  exp: z.number(),
  repository_id: z.coerce.string().min(1),
  repository: z.string().min(1),
  repository_owner_id: z.coerce.string().min(1),
  workflow_ref: z.string().min(1),
  environment: z.string().optional(),
  event_name: z.string().min(1),
  ref: z.string().optional(),
  head_ref: z.string().optional(),
  repository_visibility: z.string().optional(),
  run_id: wholeNumber,
  run_attempt: wholeNumber,
  sha: z.string().optional(),
})

const discovery = z.object({ jwks_uri: z.url() })

/** Looks the keys up by discovery when the first token comes, and again when that failed. */
export function createOidcVerifier(issuer: string, ownAudience: string): OidcVerifier {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null
  const keySet = () => {
    keys ??= discoverKeys(issuer).catch((error: unknown) => {
      keys = null
      throw error
    })
    return keys
  }
  return {
    verify: async (token, audience = ownAudience) => {
      // What is no JWT by its form is not worth a question to its issuer.
      if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return { ok: false, problem: noWorkflowToken }
      let payload: JWTPayload
      try {
        payload = (await jwtVerify(token, await keySet(), verification(issuer, audience))).payload
      } catch (error) {
        return { ok: false, problem: problemOfError(error, issuer, audience) }
      }
      return identityOf(payload)
    },
  }
}

const noWorkflowToken = {
  status: 401,
  detail: 'The workflow token is not valid: it is no token of a workflow run (a JWT).',
} as const

const verification = (issuer: string, audience: string) => ({
  issuer,
  audience,
  algorithms: ['RS256'],
  clockTolerance: 30,
  requiredClaims: ['jti', 'exp', 'iat', 'repository_id', 'repository_owner_id', 'run_id', 'run_attempt'],
  maxTokenAge: '10m',
})

/** The keys that an issuer signs with, found as OpenID Connect says. */
export async function discoverKeys(issuer: string) {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  return createRemoteJWKSet(new URL(discovery.parse(await response.json()).jwks_uri))
}

/** Events that only people who may write to a repository bring about, or its own clock; any other one is not believed. */
const ownEvents: ReadonlySet<string> = new Set([
  'push',
  'release',
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'create',
  'deployment',
  'registry_package',
])

function identityOf(payload: JWTPayload): Verified {
  const parsed = claims.safeParse(payload)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? ''
    return {
      ok: false,
      problem: { status: 401, detail: `The workflow token lacks the claim ${field}.`, field },
    }
  }
  const claim = parsed.data
  const event = claim.event_name
  if (!ownEvents.has(event)) {
    const detail = `Runs for the event ${event.slice(0, 100)} are not believed: somebody without write permission could start them. event_name: got ${event.slice(0, 100)}, expected one of ${[...ownEvents].join(', ')}`
    return { ok: false, problem: { status: 403, detail, field: 'event_name', value: event.slice(0, 100) } }
  }
  const foreign = foreignRef(claim)
  if (foreign !== null) return { ok: false, problem: foreign }
  return {
    ok: true,
    identity: {
      repositoryId: claim.repository_id,
      repository: claim.repository,
      repositoryOwnerId: claim.repository_owner_id,
      workflowRef: claim.workflow_ref,
      private: claim.repository_visibility !== 'public',
      environment: claim.environment ?? null,
      eventName: claim.event_name,
      runId: claim.run_id,
      runAttempt: claim.run_attempt,
      commit: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(claim.sha ?? '') ? (claim.sha ?? null) : null,
      jti: claim.jti,
      expiresAt: claim.exp * 1000,
    },
  }
}

/** A run on a pull request's code, whatever its event: `ref` and `head_ref` say so. */
function foreignRef(claim: z.output<typeof claims>): HttpProblem | null {
  for (const field of ['ref', 'head_ref'] as const) {
    const value = claim[field] ?? ''
    if (field === 'ref' ? !value.startsWith('refs/pull/') : value === '') continue
    const detail = `Runs on a pull request are not believed: a fork could have written it. ${field}: got ${value.slice(0, 200)}, expected a branch or tag of the repository itself`
    return { status: 403, detail, field, value: value.slice(0, 200) }
  }
  return null
}

/** `ci.yml` of `acme/app/.github/workflows/ci.yml@refs/heads/main`: the workflow that was started, not one it calls. */
export function workflowFileOf({ workflowRef }: Pick<WorkflowIdentity, 'workflowRef'>): string {
  return /\/\.github\/workflows\/([^/@]+)@/.exec(workflowRef)?.[1] ?? ''
}

/** Why a token was not believed, in words that name what was expected. */
export function problemOfError(error: unknown, issuer: string, audience: string): HttpProblem {
  if (error instanceof errors.JWTExpired) return { status: 401, detail: 'The workflow token has expired.' }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const detail = `The workflow token's claim ${error.claim} is not accepted; expected issuer ${issuer} and audience ${audience}.`
    return { status: 401, detail, field: error.claim }
  }
  const unreachable = !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout
  if (unreachable)
    return { status: 503, detail: `The keys of ${issuer} could not be fetched; try again later.` }
  return { status: 401, detail: `The workflow token is not valid: ${error.message}` }
}
