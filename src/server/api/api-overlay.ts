import type { Hono } from 'hono'
import { ownEntry } from '../../versions/own-entry.ts'
import type { Authoriser } from '../access/authorise.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { lateFileBody, shadowBody } from './api-schemas.ts'

/**
 * `…/upstream`: what is known of a package of another index, with what its upstream changed behind our back.
 * `…/shadow`: whether the name may be published here although it exists upstream; setting it needs `operate`.
 */
export function addOverlayRoutes(api: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  api.get(`/packages/${packagePattern}/upstream`, (c) => show(c, parts))
  api.get('/exceptions', (c) => listExceptions(c, parts))
  api.put(`/packages/${packagePattern}/late-files`, (c) => lateFile(c, parts, authoriser))
  api.put(`/packages/${packagePattern}/shadow`, (c) => shadow(c, parts, authoriser))
}

/** The exceptions of the server's file, those that ended included, so that somebody takes them out. */
function listExceptions(c: Ctx, { clock, settings }: ServerParts): Response {
  const now = clock.now()
  const items = settings.exceptions.map((one) => ({ ...one, ended: one.until <= now }))
  return c.json({ items, next: null })
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
    alsoUpstream: note?.alsoUpstream ?? null,
    firstSeenAt: note?.firstSeenAt ?? null,
    versions: versions.map(({ version, released, withdrawn }) => ({
      version,
      released: released ?? false,
      withdrawn,
    })),
    withdrawals: note?.withdrawals ?? {},
    lateFiles: note?.lateFiles ?? {},
    blocks: note?.blocks ?? {},
    changes: note?.changes ?? [],
  })
}

/** A person's word on a file that came late: whether it is shown. */
async function lateFile(c: Ctx, { overlay }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [named.id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, lateFileBody)
  if (!body.ok) return problemResponse(body.problem)
  const { file, shown } = body.value
  const known = ownEntry((await overlay?.note(named.id))?.lateFiles ?? {}, file)
  if (overlay === null || known === undefined) {
    const detail = `file: got ${JSON.stringify(file.slice(0, 200))}, expected a file that came late to a version of ${named.id} (GET …/upstream lists them)`
    return problemResponse({ status: 404, detail, field: 'file' })
  }
  await overlay.remember(named.id, (note) => ({
    ...note,
    lateFiles: { ...note.lateFiles, [file]: { ...known, shown } },
  }))
  return c.json({ id: named.id, file, version: known.version, shown })
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
  const note = await overlay.remember(named.id, (before) => ({ ...before, shadow: body.value.shadow }))
  return c.json({ id: note.id, shadow: note.shadow })
}
