import type { Hono } from 'hono'
import { z } from 'zod'
import type { Authoriser } from '../access/authorise.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'

const verifyBody = z.object({
  witnesses: z
    .array(z.object({ note: z.string().max(10_000), from: z.string().max(300) }))
    .max(100)
    .optional(),
})

/** `POST /verify`, `GET /backup`: for operators of everything. */
export function addSafekeepingRoutes(api: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  const { safekeeping } = parts
  if (safekeeping === undefined) return
  api.post('/verify', async (c) => {
    const refused = await refusal(c, authoriser)
    if (refused !== null) return refused
    const body = await readBody(c, verifyBody)
    if (!body.ok) return problemResponse(body.problem)
    const problems = await safekeeping.verify(body.value.witnesses ?? [])
    return c.json({ ok: problems.length === 0, problems })
  })
  api.get('/backup', async (c) => {
    const refused = await refusal(c, authoriser)
    if (refused !== null) return refused
    c.set('did', { action: 'backup', subject: 'everything' })
    return new Response(await safekeeping.backup(), { headers: { 'content-type': 'application/x-tar' } })
  })
}

async function refusal(c: Ctx, authoriser: Authoriser): Promise<Response | null> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', ['*'])
  return allowed.ok ? null : problemResponse(allowed.problem)
}
