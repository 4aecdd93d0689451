import { createHash } from 'node:crypto'
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { OidcIssuerRule } from '../../config/server/oidc-issuers.ts'
import type { Repository } from '../../ports/forge.ts'
import type { HttpProblem } from '../http/problem.ts'
import { discoverKeys, type OidcVerifier, problemOfError } from './oidc.ts'

/** Which ordinary job speaks, on whatever CI. */
export interface RunIdentity {
  /** A repository's id on GitHub; elsewhere issuer and the claims that name the project, which no id on GitHub is. */
  readonly projectId: string
  /** For people. */
  readonly project: string
  /** As a canary, in rosters and policies: a repository's id and name on GitHub; elsewhere `gitlab:1234` is both. */
  readonly canary: Pick<Repository, 'id' | 'fullName' | 'private'>
  /** Names this token: it carries one request alone. */
  readonly tokenId: string
  /** A job of another CI has one token for all that it asks; each thing is asked once all the same. */
  readonly isOnlyToken: boolean
  /** Integer ms. */
  readonly expiresAt: number
  readonly runId: number
  readonly runAttempt: number
  /** Empty where the CI has no workflow files of GitHub's. */
  readonly workflowRef: string
  readonly commit: string | null
}

export type VerifiedRun =
  | { readonly ok: true; readonly identity: RunIdentity }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Proves which job speaks, by the token that its CI gave it. */
export type RunVerifier = (token: string) => Promise<VerifiedRun>

/** Tokens of the issuers that the operator named; all others are taken for GitHub's. */
export function createRunVerifier(
  github: OidcVerifier,
  rules: readonly OidcIssuerRule[],
  ownAddress: string,
): RunVerifier {
  const keys = new Map<string, ReturnType<typeof discoverKeys>>()
  const keysOf = (issuer: string) => {
    const known = keys.get(issuer) ?? discoverKeys(issuer)
    keys.set(issuer, known)
    known.catch(() => keys.delete(issuer))
    return known
  }
  return async (token) => {
    const issuer = issuerIn(token)
    const rule = rules.find((one) => one.issuer === issuer)
    if (rule === undefined) return byGithub(github, token)
    const audience = rule.audience ?? ownAddress
    try {
      const { payload } = await jwtVerify(token, await keysOf(rule.issuer), {
        issuer: rule.issuer,
        audience,
        algorithms: ['RS256', 'ES256'],
        clockTolerance: 30,
        requiredClaims: ['exp', 'iat', ...rule.key, ...Object.keys(rule.only)],
      })
      return identityOf(rule, payload, token)
    } catch (error) {
      return { ok: false, problem: problemOfError(error, rule.issuer, audience) }
    }
  }
}

/** Read without belief, only to see whose keys to check with. */
function issuerIn(token: string): string | null {
  try {
    return decodeJwt(token).iss?.replace(/\/$/, '') ?? null
  } catch {
    return null
  }
}

async function byGithub(github: OidcVerifier, token: string): Promise<VerifiedRun> {
  const verified = await github.verify(token)
  if (!verified.ok) return verified
  const { repositoryId, repository, jti, ...identity } = verified.identity
  return {
    ok: true,
    identity: {
      ...identity,
      projectId: repositoryId,
      project: repository,
      canary: { id: repositoryId, fullName: repository, private: identity.private },
      tokenId: jti,
      isOnlyToken: false,
    },
  }
}

/** Events in which a fork's code runs with the project's own claims. */
const foreignEvents = new Set(['merge_request_event', 'external_pull_request_event'])

function identityOf(rule: OidcIssuerRule, payload: JWTPayload, token: string): VerifiedRun {
  for (const [claim, expected] of Object.entries(rule.only)) {
    const value = textOf(payload[claim])
    if (value !== expected) return refuse(claim, value, expected)
  }
  const source = textOf(payload.pipeline_source)
  if (foreignEvents.has(source)) {
    return refuse(
      'pipeline_source',
      source,
      'a pipeline of a branch or tag; a fork could have written this one',
    )
  }
  const named = rule.key.map((claim) => `${claim}=${textOf(payload[claim])}`)
  const empty = rule.key.find((claim) => textOf(payload[claim]) === '')
  if (empty !== undefined) return refuse(empty, '', 'a text or number that names the project')
  const job = textOf(payload.job_id) || textOf(payload.jti) || token
  const key = keyOf(rule, payload)
  const commit = textOf(payload.sha) || textOf(payload.build_commit)
  return {
    ok: true,
    identity: {
      projectId: `${rule.issuer}#${named.map(encodeURIComponent).join('&')}`,
      project: textOf(payload.project_path) || textOf(payload.pipeline_slug) || named.join(', '),
      // Whoever cannot be looked up may be private, and is not shown to strangers.
      canary: { id: key, fullName: key, private: textOf(payload.project_visibility) !== 'public' },
      tokenId: textOf(payload.jti) || createHash('sha256').update(token).digest('hex'),
      isOnlyToken: true,
      expiresAt: (payload.exp ?? 0) * 1000,
      // 48 bits of a digest: jobs are named by numbers on one CI and by UUIDs on another.
      runId: createHash('sha256').update(job).digest().readUIntBE(0, 6),
      runAttempt: 1,
      workflowRef: '',
      commit: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? commit : null,
    },
  }
}

/** A project as policies name it. With several claims each stands between slashes of its own, whatever is in it. */
function keyOf({ name, key }: OidcIssuerRule, payload: JWTPayload): string {
  const values = key.map((claim) => textOf(payload[claim]))
  return `${name}:${values.length === 1 ? values[0] : values.map(encodeURIComponent).join('/')}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function refuse(field: string, given: string, expected: string): VerifiedRun {
  const value = given === '' ? 'nothing' : given.slice(0, 200)
  const detail = `The token's claim ${field}: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 403, detail, field, value, expected } }
}
