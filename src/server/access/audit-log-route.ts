import type { Hono } from 'hono'
import { cursorOf, limitOf } from '../http/page-query.ts'
import { problemResponse } from '../http/problem.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import type { Authoriser } from './authorise.ts'

/** `GET /audit-log`: who did what, newest first. Needs `operate` for every package. */
export function addAuditLogRoute(api: Hono<Env>, { audit }: ServerParts, authoriser: Authoriser): void {
  api.get('/audit-log', (c) => listAuditLog(c, audit, authoriser))
}

async function listAuditLog(c: Ctx, audit: ServerParts['audit'], authoriser: Authoriser): Promise<Response> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', ['*'])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const limit = limitOf(c)
  const before = cursorOf(c)
  if (!limit.ok) return problemResponse(limit.problem)
  if (!before.ok) return problemResponse(before.problem)
  const subject = c.req.query('subject')
  const action = c.req.query('action')
  const page = await audit.list({
    before: before.value,
    limit: limit.value,
    ...(subject === undefined ? {} : { subject }),
    ...(action === undefined ? {} : { action }),
  })
  return c.json({ items: page.items, next: page.next === null ? null : String(page.next) }, 200, {
    'cache-control': 'no-store',
  })
}
