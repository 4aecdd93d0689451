import type { Hono } from 'hono'
import type { Authoriser } from '../access/authorise.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { shadowBody } from './api-schemas.ts'

/**
 * `…/upstream`: what is known of a package of another index, with what its upstream changed behind our back.
 * `…/shadow`: whether the name may be published here although it exists upstream; setting it needs `operate`.
 */
export function addOverlayRoutes(api: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  api.get(`/packages/${packagePattern}/upstream`, (c) => show(c, parts))
  api.put(`/packages/${packagePattern}/shadow`, (c) => shadow(c, parts, authoriser))
}

async function show(c: Ctx, { overlay }: ServerParts): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const [known, note] =
    overlay === null ? [null, null] : [await overlay.open(named.id), await overlay.note(named.id)]
  if (known === null && note === null) {
    return problemResponse({ status: 404, detail: `${named.id} does not come from an upstream here.` })
  }
  const versions = Object.values(known?.package.record.versions ?? {})
  return c.json({
    id: named.id,
    stale: known?.stale ?? null,
    shadow: note?.shadow ?? false,
    firstSeenAt: note?.firstSeenAt ?? null,
    versions: versions.map(({ version, released, withdrawn }) => ({
      version,
      released: released ?? false,
      withdrawn,
    })),
    changes: note?.changes ?? [],
  })
}

async function shadow(c: Ctx, { overlay }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [named.id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  if (overlay === null) {
    return problemResponse({
      status: 404,
      detail: 'No upstream is configured here, so there is nothing to shadow.',
    })
  }
  const body = await readBody(c, shadowBody)
  if (!body.ok) return problemResponse(body.problem)
  const note = await overlay.setShadow(named.id, body.value.shadow)
  return c.json({ id: note.id, shadow: note.shadow })
}
