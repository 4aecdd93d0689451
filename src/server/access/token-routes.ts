import { createHash, randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { Scope, TokenRecord } from '../../ports/access-store.ts'
import { showValue } from '../../versions/problem.ts'
import { fitsPattern } from '../../versions/star-pattern.ts'
import { cursorOf, limitOf } from '../http/page-query.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import type { Authoriser, Holder } from './authorise.ts'

const dayMs = 24 * 3_600_000
/** How long a token lives whose maker says nothing: what changes things lives shorter than what reads. */
export const defaultLifeMs = { changing: 90 * dayMs, reading: 365 * dayMs } as const

const word = (what: string) =>
  z
    .string(what)
    .trim()
    .min(1, what)
    .max(100, `${what} of at most 100 characters`)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, `${what} on one line`)

/** `POST /api/v1/tokens`. */
export const tokenBody = z.strictObject({
  name: word('a name for people').optional(),
  owner: word('the person or team that answers for it').optional(),
  scopes: z
    .array(
      z.enum(['publish', 'operate', 'read', 'report'], 'publish, operate, read or report'),
      'a list of publish, operate, read and report',
    )
    .min(1, 'at least one scope'),
  packages: z
    .array(
      z
        .string('a pattern such as npm:@acme/*')
        .regex(/^(?:\*|(?:npm|pypi):\S{1,290})$/, 'a pattern such as npm:@acme/*, pypi:demo-lib or *'),
      'a list of patterns such as npm:@acme/*',
    )
    .min(1, 'at least one pattern such as npm:@acme/*')
    .max(1000, 'at most 1000 patterns'),
  expiresInMs: z
    .int('milliseconds, or null for a token that does not end')
    .min(1000, 'at least 1000 ms')
    .nullable()
    .optional(),
})

/** Tokens: made, listed and revoked. */
export function addTokenRoutes(api: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  api.post('/tokens', (c) => createToken(c, parts, authoriser))
  api.get('/tokens', (c) => listTokens(c, parts, authoriser))
  api.get('/tokens/self', (c) => showOwn(c, authoriser))
  api.delete('/tokens/:id', (c) => revokeToken(c, parts, authoriser))
}

/** The secret is in this answer and nowhere else. */
async function createToken(
  c: Ctx,
  { access, clock }: ServerParts,
  authoriser: Authoriser,
): Promise<Response> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, tokenBody)
  if (!body.ok) return problemResponse(body.problem)
  const { holder } = allowed
  const now = clock.now()
  const { scopes, packages, expiresInMs, owner = holder.owner } = body.value
  const lifeMs = expiresInMs === undefined ? usualLifeMs(scopes, holder, now) : expiresInMs
  const refusal = refusesToken(holder, { scopes, packages, owner, lifeMs }, now)
  if (refusal !== null) return problemResponse(refusal)
  const secret = `slw_${randomBytes(30).toString('base64url')}`
  const id = `t-${randomBytes(6).toString('hex')}`
  const token: TokenRecord = {
    id,
    name: body.value.name ?? id,
    owner,
    secretSha256: createHash('sha256').update(secret).digest('hex'),
    scopes: [...new Set(scopes)],
    packages,
    createdAt: now,
    expiresAt: lifeMs === null ? null : now + lifeMs,
    lastUsedAt: null,
  }
  await access.addToken(token)
  c.set('did', { action: 'token create', subject: id })
  return c.json({ token: secret, ...shown(token) }, 201, { 'cache-control': 'no-store' })
}

/** Those whose packages the asking token reaches: others are none of its business. */
async function listTokens(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const limit = limitOf(c)
  const cursor = cursorOf(c)
  if (!limit.ok) return problemResponse(limit.problem)
  if (!cursor.ok) return problemResponse(cursor.problem)
  const tokens = await tokensBelow(allowed.holder, access)
  const from = cursor.value ?? 0
  const page = tokens.slice(from, from + limit.value)
  const end = from + page.length
  const next = end < tokens.length ? String(end) : null
  return c.json({ items: page.map(shown), next }, 200, { 'cache-control': 'no-store' })
}

/** What is remembered of the tokens that do nothing that their holder could not do, newest first. */
export async function tokensBelow(
  holder: Holder,
  access: ServerParts['access'],
): Promise<readonly TokenRecord[]> {
  return (await access.listTokens()).filter((token) => isBelow(holder, token))
}

/** What the asking token is and may do, whatever it is for. */
async function showOwn(c: Ctx, authoriser: Authoriser): Promise<Response> {
  const known = await authoriser.holder(c.req.header('authorization'))
  if (known === null || !known.ok)
    return problemResponse(known?.problem ?? { status: 401, detail: 'This needs a token.' })
  return c.json(known.holder, 200, { 'cache-control': 'no-store' })
}

/** Refused from the next request on, on every replica. */
async function revokeToken(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const allowed = await authoriser.holder(c.req.header('authorization'))
  if (allowed === null || !allowed.ok) {
    return problemResponse(allowed?.problem ?? { status: 401, detail: 'This needs a token.' })
  }
  const { holder } = allowed
  const id = c.req.param('id') ?? ''
  const token = await revokeFor(holder, id, access)
  if (token === null) return problemResponse(notRevocable(holder, id))
  c.set('did', { action: 'token revoke', subject: id })
  return c.json({ revoked: shown(token) }, 200, { 'cache-control': 'no-store' })
}

/** Revokes a token that its holder may revoke, which is its own and those below it; null: there is none of that id. */
export async function revokeFor(
  holder: Holder,
  id: string,
  access: ServerParts['access'],
): Promise<TokenRecord | null> {
  const token = (await access.listTokens()).find((known) => known.id === id)
  const may = holder.id === id || (holder.scopes.includes('operate') && token && isBelow(holder, token))
  return token !== undefined && may ? access.revokeToken(id) : null
}

export function notRevocable(holder: Holder, id: string): HttpProblem {
  const detail = `There is no token ${showValue(id)} that ${holder.name} may revoke; slipway token list shows those that it may.`
  return { status: 404, detail, field: 'id', value: id.slice(0, 200) }
}

/** A token without what is secret. */
function shown({ id, name, owner, scopes, packages, createdAt, expiresAt, lastUsedAt }: TokenRecord) {
  return { id, name, owner, scopes, packages, createdAt, expiresAt, lastUsedAt }
}

function usualLifeMs(scopes: readonly Scope[], { expiresAt }: Holder, now: number): number {
  const changes = scopes.includes('publish') || scopes.includes('operate')
  const usual = changes ? defaultLifeMs.changing : defaultLifeMs.reading
  return expiresAt === null ? usual : Math.min(usual, expiresAt - now)
}

interface Wanted {
  readonly scopes: readonly Scope[]
  readonly packages: readonly string[]
  readonly owner: string
  /** Null: it does not end. */
  readonly lifeMs: number | null
}

/** Why this holder may not make such a token: it would be able to do more, live longer, or speak for another. */
function refusesToken(holder: Holder, wanted: Wanted, now: number): HttpProblem | null {
  const beyond = wanted.scopes.find((scope) => !holder.scopes.includes(scope))
  const wider = wanted.packages.find((pattern) => !covers(holder.packages, pattern))
  if (beyond !== undefined || wider !== undefined) {
    const detail = `A token cannot make one that may do more: ${beyond ?? wider} is not covered by ${holder.name}.`
    return { status: 403, detail, field: beyond ? 'scopes' : 'packages' }
  }
  if (wanted.owner !== holder.owner && holder.id !== 'operator') {
    const value = showValue(wanted.owner)
    const expected = `${holder.owner}, who answers for ${holder.name}; the operator's own token names others`
    return {
      status: 403,
      detail: `owner: got ${value}, expected ${expected}`,
      field: 'owner',
      value,
      expected,
    }
  }
  const ownEnd = holder.expiresAt
  if (ownEnd === null || (wanted.lifeMs !== null && now + wanted.lifeMs <= ownEnd)) return null
  const expected = `at most ${ownEnd - now} ms`
  const detail = `A token cannot make one that lives longer. expiresInMs: got ${wanted.lifeMs}, expected ${expected}, when ${holder.name} ends`
  return { status: 403, detail, field: 'expiresInMs', value: `${wanted.lifeMs}`, expected }
}

/** Whether one of a holder's patterns stands for all that another pattern stands for. */
function covers(held: readonly string[], pattern: string): boolean {
  return held.some((own) => own === pattern || fitsPattern(own, pattern))
}

/** Whether a token does nothing that its holder could not do. */
function isBelow(holder: Holder, token: TokenRecord): boolean {
  return token.packages.every((pattern) => covers(holder.packages, pattern))
}
