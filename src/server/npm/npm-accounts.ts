import type { Hono } from 'hono'
import { z } from 'zod'
import type { TokenRecord } from '../../ports/access-store.ts'
import { normalizeName } from '../../versions/normalize-name.ts'
import { sayProblem } from '../../versions/problem.ts'
import type { PackageId } from '../../versions/release.ts'
import type { Authoriser, Holder } from '../access/authorise.ts'
import { notRevocable, revokeFor, tokensBelow } from '../access/token-routes.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { asBadRequest, readBody } from '../http/read-body.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'

/**
 * What npm does with accounts, for those who have a token and no account: `npm login --auth-type=legacy`, `logout`,
 * `whoami`, `token list` and `token revoke`.
 */
export function addAccountRoutes(app: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  app.get('/-/whoami', (c) => whoAmI(c, authoriser))
  app.put('/-/user/*', (c) => logIn(c, authoriser))
  app.delete('/-/user/token/*', (c) => logOut(c, parts, authoriser))
  app.get('/-/package/:name{.+}/collaborators', (c) => ownRights(c, authoriser))
  app.get('/-/npm/v1/tokens', (c) => listTokens(c, parts, authoriser))
  app.delete('/-/npm/v1/tokens/token/:id', (c) => revokeToken(c, parts, authoriser))
}

/** Whether a request brings what it is let in by itself. */
export function isLogIn(method: string | undefined, rest: string): boolean {
  return method === 'PUT' && rest.startsWith('/npm/-/user/')
}

async function whoAmI(c: Ctx, authoriser: Authoriser): Promise<Response> {
  const known = await holding(c, authoriser)
  return 'status' in known ? problemResponse(known) : c.json({ username: known.name })
}

/** Who may publish a package, as far as the one who asks is concerned: release-it publishes nothing without this. */
async function ownRights(c: Ctx, authoriser: Authoriser): Promise<Response> {
  const known = await holding(c, authoriser)
  if ('status' in known) return problemResponse(known)
  const name = normalizeName('npm', decodeURIComponent(c.req.param('name') ?? ''))
  if (!name.ok) return problemResponse({ status: 404, detail: sayProblem(name.problem), ...name.problem })
  const id: PackageId = `npm:${name.value}`
  const may = await authoriser.allow(c.req.header('authorization'), 'publish', [id])
  return c.json(may.ok ? { [known.name]: 'write' } : {}, 200, noStore)
}

const logInBody = z.looseObject({ password: z.string('a token of this server').min(1) })

/** The password is the token, which npm then writes into `.npmrc`; the name is any. */
async function logIn(c: Ctx, authoriser: Authoriser): Promise<Response> {
  const body = await readBody(c, logInBody)
  if (!body.ok) return problemResponse(asBadRequest(body.problem))
  const token = body.value.password.trim()
  const known = await authoriser.holder(`Bearer ${token}`)
  if (known?.ok) {
    const { id, name } = known.holder
    return c.json({ ok: `logged in as ${name}`, id, rev: '1-0', token }, 201, noStore)
  }
  return problemResponse({ status: 401, detail: noAccounts, field: 'password' })
}

const noAccounts =
  'There are no accounts here: the name is any, and the password is a token that an operator makes (slipway token create). A workflow needs none (slipway package publishers).'

/** npm takes the token out of `.npmrc`, and means it to end everywhere. */
async function logOut(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const known = await holding(c, authoriser)
  if ('status' in known) return problemResponse(known)
  const token = decodeURIComponent(c.env.path.rest.slice('/npm/-/user/token/'.length))
  const meant = await authoriser.holder(`Bearer ${token}`)
  if (!meant?.ok || meant.holder.id !== known.id) return problemResponse(notItsOwn)
  if ((await access.revokeToken(known.id)) === null) return problemResponse(operatorStays)
  c.set('did', { action: 'token revoke', subject: known.id })
  return c.json({ ok: true }, 200, noStore)
}

const notItsOwn: HttpProblem = {
  status: 403,
  detail: 'npm logout ends the token that it is asked with, and no other: slipway token revoke ends others.',
}

const operatorStays: HttpProblem = {
  status: 403,
  detail:
    'This is the token of the settings, SLIPWAY_ADMIN_TOKEN, which ends when the setting changes; take it out of .npmrc by hand.',
}

async function listTokens(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const known = await holding(c, authoriser)
  if ('status' in known) return problemResponse(known)
  const all = await tokensBelow(known, access)
  const shown = known.scopes.includes('operate') ? all : all.filter(({ id }) => id === known.id)
  return c.json({ objects: shown.map(asNpmShows), total: shown.length, urls: {} }, 200, noStore)
}

async function revokeToken(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const known = await holding(c, authoriser)
  if ('status' in known) return problemResponse(known)
  const id = c.req.param('id') ?? ''
  if ((await revokeFor(known, id, access)) === null) return problemResponse(notRevocable(known, id))
  c.set('did', { action: 'token revoke', subject: id })
  return new Response(null, { status: 204, headers: noStore })
}

/** npm shows `token` as the beginning of the secret, of which nothing is kept here but a hash. */
function asNpmShows({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: TokenRecord) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    key: id,
    token: 'slw_',
    name,
    scopes,
    readonly: scopes.every((scope) => scope === 'read' || scope === 'report'),
    cidr_whitelist: null,
    created: time(createdAt),
    updated: time(lastUsedAt ?? createdAt),
    expires: time(expiresAt),
  }
}

async function holding(c: Ctx, authoriser: Authoriser): Promise<Holder | HttpProblem> {
  const known = await authoriser.holder(c.req.header('authorization'))
  if (known === null) return { status: 401, detail: 'This needs a token.' }
  return known.ok ? known.holder : known.problem
}

const noStore = { 'cache-control': 'no-store' }
