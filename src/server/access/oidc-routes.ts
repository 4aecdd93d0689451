import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { z } from 'zod'
import { type HttpProblem, problemBody, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { parseNpmTarget } from '../npm/npm-target.ts'
import type { Ctx, Did, Env, ServerParts } from '../server-parts.ts'
import type { OidcVerifier, WorkflowIdentity } from './oidc.ts'
import { mintPublishToken } from './trusted-publishing.ts'

/**
 * Trusted publishing: a workflow's own token for a short one that publishes. The PyPI form lies under `/_/`,
 * and npm asks at the root of the host, wherever below it the registry is.
 */
export function createOidcRoutes(parts: ServerParts, oidc: OidcVerifier): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/_/oidc/audience', (c) => c.json({ audience: parts.settings.oidcAudience }))
  app.post('/_/oidc/mint-token', (c) => mintToken(c, parts, oidc))
  app.post('/_/oidc/burn-token', (c) => burnToken(c, parts))
  app.post('/-/npm/v1/oidc/token/exchange/package/*', (c) => exchange(c, parts, oidc))
  app.post('/npm/-/npm/v1/oidc/token/exchange/package/*', (c) => exchange(c, parts, oidc))
  return app
}

/** Whether a path is one to which a workflow's own token is posted. */
export function isOidcPath(path: string): boolean {
  return /^\/_\/oidc\/(?:mint|burn)-token$/.test(path) || /^(?:\/npm)?\/-\/npm\/v1\/oidc\/token\//.test(path)
}

const mintBody = z.looseObject({ token: z.string('the workflow token').min(1, 'the workflow token') })

/** `POST /_/oidc/mint-token`, as PyPI answers it: a token for everything the workflow may publish. */
async function mintToken(c: Ctx, parts: ServerParts, oidc: OidcVerifier): Promise<Response> {
  const body = await readBody(c, mintBody)
  if (!body.ok) return refuse(body.problem)
  const verified = await oidc.verify(body.value.token)
  if (!verified.ok) return refuse(verified.problem)
  const minted = await mintPublishToken(parts, verified.identity, null)
  if (!minted.ok) return refuse(minted.problem)
  c.set('did', minting(verified.identity, minted.token.id))
  const expires = Math.floor((minted.token.expiresAt ?? 0) / 1000)
  const packages = minted.token.packages
  return c.json({ success: true, token: minted.secret, expires, packages }, 200, noStore)
}

/**
 * `POST /_/oidc/burn-token`: uv gives its token back when it has published. Whoever holds a token may end it; the answer
 * says nothing of whether there was one.
 */
async function burnToken(c: Ctx, { access }: ServerParts): Promise<Response> {
  const body = await readBody(c, burnBody)
  if (!body.ok) return refuse(body.problem)
  const token = await access.findToken(createHash('sha256').update(body.value.token).digest('hex'))
  if (token !== null) {
    await access.revokeToken(token.id)
    c.set('did', { action: 'token revoke', subject: token.id, who: token.name })
  }
  return c.json({ message: 'Accepted' }, 202, noStore)
}

const burnBody = z.looseObject({ token: z.string('the token to end').min(1, 'the token to end') })

const noStore = { 'cache-control': 'no-store' }

/** Clients of PyPI read `message` and `errors` of a 422; what cannot be told now or is too large stays what it is. */
function refuse(problem: HttpProblem): Response {
  const status = problem.status === 503 || problem.status === 413 ? problem.status : 422
  const errors = [{ code: problem.field ?? 'token', description: problem.detail }]
  const body = { ...JSON.parse(problemBody({ ...problem, status })), message: problem.detail, errors }
  return Response.json(body, { status, headers: noStore })
}

/** npm's exchange: for one package, with the audience that npm asks for, `npm:<host>`. */
async function exchange(c: Ctx, parts: ServerParts, oidc: OidcVerifier): Promise<Response> {
  const path = c.env.path.rest
  const target = parseNpmTarget(path.startsWith('/npm/') ? path : `/npm${path}`)
  if (target.kind !== 'exchange') {
    return problemResponse({ status: 404, detail: 'There is no package of that name.' })
  }
  const given = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (given === undefined) {
    return problemResponse({ status: 401, detail: 'The exchange needs the workflow’s own token.' })
  }
  const verified = await oidc.verify(given, `npm:${new URL(parts.settings.publicUrl).hostname}`)
  if (!verified.ok) return problemResponse(verified.problem)
  const minted = await mintPublishToken(parts, verified.identity, `npm:${target.name}`)
  if (!minted.ok) return withMessage(minted.problem)
  const { createdAt, expiresAt } = minted.token
  c.set('did', minting(verified.identity, minted.token.id))
  return c.json(
    {
      token: minted.secret,
      token_type: 'oidc',
      created: new Date(createdAt).toISOString(),
      expires: new Date(expiresAt ?? createdAt).toISOString(),
    },
    201,
    noStore,
  )
}

/** npm logs the member `message` of a refused exchange. */
function withMessage(problem: HttpProblem): Response {
  const body = { ...JSON.parse(problemBody({ ...problem, status: 403 })), message: problem.detail }
  return Response.json(body, { status: 403, headers: noStore })
}

/** For the audit log: which run got a token. */
function minting({ workflowRef, runId, runAttempt }: WorkflowIdentity, id: string): Did {
  return { action: 'token mint', subject: id, who: `workflow ${workflowRef}, run ${runId}.${runAttempt}` }
}
