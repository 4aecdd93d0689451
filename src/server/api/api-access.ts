import { createHash, randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import { blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { Authoriser } from '../access/authorise.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { findPackage } from '../packages/find-package.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { statusAnswer } from './api-packages.ts'
import { ownerBody, publishersBody, tokenBody } from './api-schemas.ts'
import { rolloutAnswer } from './rollout-answer.ts'

/** Packages with their owner and publishers, and tokens. Changing any of it needs `operate`. */
export function addAccessRoutes(api: Hono<Env>, parts: ServerParts, authoriser: Authoriser): void {
  const name = packagePattern
  api.get(`/packages/${name}`, (c) => showPackage(c, parts))
  api.on(['GET', 'PUT'], `/packages/${name}/owner`, (c) => owner(c, parts, authoriser))
  api.on(['GET', 'PUT'], `/packages/${name}/publishers`, (c) => publishers(c, parts, authoriser))
  api.post('/tokens', (c) => createToken(c, parts, authoriser))
}

async function showPackage(c: Ctx, parts: ServerParts): Promise<Response> {
  const { engine } = parts
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const record = await findPackage(parts, named.id)
  if (record === null)
    return problemResponse({ status: 404, detail: `There is no package ${named.id} here.` })
  const rollouts = engine.rolloutsOf(record.id)
  const blocked = blockReasons(record, exposuresOf(record.id, rollouts))
  return c.json({
    id: record.id,
    status: statusAnswer(record),
    versions: Object.values(record.versions).map(({ version, createdAt, files, withdrawn, label }) => ({
      version,
      createdAt,
      withdrawn,
      label: label ?? null,
      blocked: blocked.get(version) ?? null,
      files: files.map((file) => ({ name: file.name, sha256: file.sha256, size: file.size })),
    })),
    tags: record.tags,
    createdAt: record.createdAt,
    modifiedAt: record.modifiedAt,
    rollouts: rollouts.map((state) => rolloutAnswer(state, engine.explain(state))),
  })
}

async function owner(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [named.id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  if (c.req.method === 'PUT') {
    const body = await readBody(c, ownerBody)
    if (!body.ok) return problemResponse(body.problem)
    await access.setOwner({ package: named.id, ...body.value })
  }
  const found = await access.ownerOf(named.id)
  if (found === null) return problemResponse({ status: 404, detail: `${named.id} has no owner.` })
  return c.json(found)
}

async function publishers(c: Ctx, { access }: ServerParts, authoriser: Authoriser): Promise<Response> {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [named.id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  if (c.req.method === 'PUT') {
    const body = await readBody(c, publishersBody)
    if (!body.ok) return problemResponse(body.problem)
    const records = body.value.publishers.map((publisher) => ({ package: named.id, ...publisher }))
    await access.setPublishers(named.id, records)
  }
  return c.json({ package: named.id, publishers: await access.publishersOf(named.id) })
}

/** `POST /api/v1/tokens`: the secret is in this answer and nowhere else. */
async function createToken(
  c: Ctx,
  { access, clock }: ServerParts,
  authoriser: Authoriser,
): Promise<Response> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [])
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, tokenBody)
  if (!body.ok) return problemResponse(body.problem)
  const beyond = body.value.scopes.find((scope) => !allowed.holder.scopes.includes(scope))
  const wider = body.value.packages.find((pattern) => !covers(allowed.holder.packages, pattern))
  if (beyond !== undefined || wider !== undefined) {
    const detail = `A token cannot make one that may do more: ${beyond ?? wider} is not covered by ${allowed.holder.name}.`
    return problemResponse({ status: 403, detail, field: beyond ? 'scopes' : 'packages' })
  }
  const now = clock.now()
  const { scopes, packages, expiresInMs } = body.value
  const expiresAt = expiresInMs === null ? null : now + expiresInMs
  const ownEnd = allowed.holder.expiresAt
  if (ownEnd !== null && (expiresAt === null || expiresAt > ownEnd)) {
    const expected = `at most ${ownEnd - now} ms`
    const detail = `A token cannot make one that lives longer. expiresInMs: got ${expiresInMs}, expected ${expected}, when ${allowed.holder.name} ends`
    return problemResponse({ status: 403, detail, field: 'expiresInMs', value: `${expiresInMs}`, expected })
  }
  const token = `slw_${randomBytes(30).toString('base64url')}`
  const id = `t-${randomBytes(6).toString('hex')}`
  const secretSha256 = createHash('sha256').update(token).digest('hex')
  await access.addToken({ id, secretSha256, scopes, packages, createdAt: now, expiresAt })
  return c.json({ token, id, scopes, packages, expiresAt }, 201)
}

/** Whether one of a holder's patterns stands for all that a new pattern stands for. */
function covers(held: readonly string[], pattern: string): boolean {
  return held.some((own) => own === '*' || own === pattern)
}
