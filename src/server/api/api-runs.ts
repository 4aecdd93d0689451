import type { Hono } from 'hono'
import { z } from 'zod'
import type { RunCounter } from '../../engine/roles/run-counter.ts'
import { formatReleaseId, packageIdOf, parsePackageId, parseReleaseId } from '../../versions/release.ts'
import type { RunVerifier, VerifiedRun } from '../access/run-verifier.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, Env, ServerParts } from '../server-parts.ts'

/** `POST /api/v1/keys`. */
export const keysBody = z.strictObject({})

const mostPackages = 2000
const many = (what: string) =>
  z
    .array(z.string(what).max(300, what), `a list, each ${what}`)
    .max(mostPackages, `at most ${mostPackages}, each ${what}`)
    .default([])

/** `POST /api/v1/runs`: how an ordinary job ended, and what it had installed. */
export const runsBody = z.strictObject({
  outcome: z.enum(['success', 'failure', 'cancelled'], 'success, failure or cancelled'),
  packages: many('a package such as pypi:demo-lib'),
  installed: many('a release id'),
  key: z.string('the key that /api/v1/keys gave').max(200, 'the key that /api/v1/keys gave'),
})

/** What ordinary workflow runs ask and tell; each proves itself by the run's own OIDC token. */
export function addRunRoutes(api: Hono<Env>, parts: ServerParts<RunCounter>, verifier: RunVerifier): void {
  api.post('/keys', (c) => giveKey(c, parts, verifier))
  api.post('/runs', (c) => takeRun(c, parts, verifier))
}

/** Whether a path is one that a workflow's own token opens. */
export function isRunPath(path: string): boolean {
  return path === '/api/v1/keys' || path === '/api/v1/runs'
}

async function giveKey(
  c: Ctx,
  { engine }: ServerParts<RunCounter>,
  verifier: RunVerifier,
): Promise<Response> {
  const verified = await verify(c, verifier)
  if (!verified.ok) return problemResponse(verified.problem)
  const body = await readBody(c, keysBody)
  if (!body.ok) return problemResponse(body.problem)
  const { projectId, project } = verified.identity
  await engine.meet(projectId)
  return c.json({ key: engine.keyOf(projectId), repository: project }, 200, { 'cache-control': 'no-store' })
}

/**
 * Each run and attempt counts once: a repetition is answered like the first time, and nothing is counted. A key
 * that was not given to this repository is refused, and stands in no answer.
 */
async function takeRun(c: Ctx, parts: ServerParts<RunCounter>, verifier: RunVerifier): Promise<Response> {
  const verified = await verify(c, verifier)
  if (!verified.ok) return problemResponse(verified.problem)
  const body = await readBody(c, runsBody)
  if (!body.ok) return problemResponse(body.problem)
  const { projectId, runId, runAttempt, workflowRef, commit } = verified.identity
  if (body.value.key !== parts.engine.keyOf(projectId)) {
    const expected = 'the key that /api/v1/keys gives to this repository'
    const detail = `The key is not the one of the repository that the token is of; expected ${expected}.`
    return problemResponse({ status: 403, detail, field: 'key', expected })
  }
  const recorded = await parts.engine.recordRun({
    ...{ repositoryId: projectId, runId, runAttempt, workflowRef, commit },
    outcome: body.value.outcome,
    packages: body.value.packages.flatMap((text) => {
      const id = parsePackageId(text)
      return id.ok ? [packageIdOf(id.value)] : []
    }),
    installed: body.value.installed.flatMap((text) => {
      const release = parseReleaseId(text)
      return release.ok ? [formatReleaseId(release.value)] : []
    }),
  })
  return c.json({ recorded }, 202)
}

async function verify(c: Ctx, verifier: RunVerifier): Promise<VerifiedRun> {
  const token = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token !== undefined) return verifier(token)
  const detail =
    'This needs the OIDC token of a workflow run, or of a job of another CI that the server knows (oidcIssuers).'
  return { ok: false, problem: { status: 401, detail } }
}
