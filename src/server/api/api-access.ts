import type { Hono } from 'hono'
import { blockReasons } from '../../catalog/views/block-reasons.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { Authoriser } from '../access/authorise.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import { findPackage } from '../packages/find-package.ts'
import { packageOf, packagePattern } from '../packages/named-package.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'
import { packagesOf } from './api-actions.ts'
import { statusAnswer } from './api-packages.ts'
import { ownerBody, publishersBody } from './api-schemas.ts'
import { rolloutAnswer } from './rollout-answer.ts'

/** Packages with their owner and publishers. Changing any of it needs `operate`. */
export function addAccessRoutes(
  api: Hono<Env>,
  parts: ServerParts<RolloutReader>,
  authoriser: Authoriser,
): void {
  const name = packagePattern
  api.get(`/packages/${name}`, (c) => showPackage(c, parts))
  api.on(['GET', 'PUT'], `/packages/${name}/owner`, (c) => owner(c, parts, authoriser))
  api.on(['GET', 'PUT'], `/packages/${name}/publishers`, (c) => publishers(c, parts, authoriser))
}

async function showPackage(c: Ctx, parts: ServerParts<RolloutReader>): Promise<Response> {
  const { engine } = parts
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const record = await findPackage(parts, named.id)
  if (record === null)
    return problemResponse({ status: 404, detail: `There is no package ${named.id} here.` })
  const rollouts = engine.rolloutsOf(record.id).filter((state) => packagesOf(state).every(c.env.mayRead))
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

async function owner(c: Ctx, parts: ServerParts, authoriser: Authoriser): Promise<Response> {
  const { access } = parts
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const allowed = await authoriser.allow(c.req.header('authorization'), 'operate', [named.id])
  if (!allowed.ok) return problemResponse(allowed.problem)
  if (c.req.method === 'PUT') {
    const body = await readBody(c, ownerBody)
    if (!body.ok) return problemResponse(body.problem)
    const given = body.value
    const found = given.repositoryId ?? (await idOf(parts, given.repository))
    if (typeof found !== 'string') return problemResponse(found)
    await access.setOwner({ package: named.id, repository: given.repository, repositoryId: found })
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

/** The id of a repository that the App can see. */
async function idOf({ findRepository }: ServerParts, repository: string): Promise<string | HttpProblem> {
  const missing = (why: string, expected: string): HttpProblem => ({
    status: 422,
    detail: `${why} repositoryId: got nothing, expected ${expected}`,
    field: 'repositoryId',
    expected,
  })
  if (findRepository === undefined)
    return missing(
      'This server has no GitHub App that could look it up.',
      'the id of the repository on GitHub',
    )
  const found = await findRepository(repository)
  if (found.ok) return found.value.id
  const { kind, message } = found.failure
  if (kind === 'broken' || kind === 'limited')
    return { status: 503, detail: `GitHub does not answer now (${message}); nothing was changed.` }
  return missing(
    `The App is not installed on ${repository}, or there is none (${message}).`,
    'an installation of the App there, or the id of the repository',
  )
}
