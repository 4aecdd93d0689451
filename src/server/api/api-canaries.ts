import { createHash } from 'node:crypto'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { canaryTask } from '../../rollout/starting/canary-request.ts'
import { showValue } from '../../versions/problem.ts'
import { type PackageId, packageIdOf, parsePackageId } from '../../versions/release.ts'
import { workflowFileOf } from '../access/oidc.ts'
import type { RunVerifier } from '../access/run-verifier.ts'
import { type HttpProblem, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { checkInBody } from './api-schemas.ts'

/**
 * `POST /api/v1/canaries`: a dependent's own workflow offers to test, proven by the run's OIDC token, and takes
 * what live rollouts want of it. It counts from the next rollout that begins; whether it counts is the policy's.
 */
export async function checkInCanary(
  c: Ctx,
  parts: ServerParts<RolloutReader & EvidenceGatherer>,
  verifier: RunVerifier,
): Promise<Response> {
  const token = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined) {
    const detail = 'Checking in needs the workflow run’s OIDC token, made for the address of this server.'
    return problemResponse({ status: 401, detail })
  }
  const verified = await verifier(token)
  if (!verified.ok) return problemResponse(verified.problem)
  const { identity } = verified
  const body = await readBody(c, checkInBody)
  if (!body.ok) return problemResponse(body.problem)
  const packages = await knownPackages(parts, body.value.for)
  if (!packages.ok) return problemResponse(packages.problem)
  const digest = createHash('sha256').update(`canaries\n${body.text}`).digest('hex')
  const word = identity.isOnlyToken ? `jti:canaries:${identity.tokenId}` : `jti:${identity.tokenId}`
  if (!(await parts.access.useOnce(word, digest, identity.expiresAt + 60_000))) {
    const expected = 'a token that carried no other request; every step of the run can ask for a new one'
    const value = showValue(identity.tokenId)
    const detail = `This token already carried another request. jti: got ${value}, expected ${expected}`
    return problemResponse({ status: 409, detail, field: 'jti', value, expected })
  }
  const tasks = await parts.engine.checkIn({
    repository: identity.canary,
    runId: identity.runId,
    workflow: workflowFileOf(identity),
    packages: packages.value,
  })
  const { publicUrl } = parts.settings
  const requests = tasks.map(({ state, try: number, nonce }) =>
    canaryTask(state, { canary: identity.canary.id, try: number, arm: 'both', nonce }, publicUrl),
  )
  return c.json({
    repository: identity.canary.fullName,
    requests,
    message: sayRequests(requests.length, identity.canary.fullName),
  })
}

type Known =
  | { readonly ok: true; readonly value: readonly PackageId[] }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Only what is here can be tested here; anybody may ask, so nothing else is stored. */
async function knownPackages(
  { engine, packages }: ServerParts<RolloutReader>,
  names: readonly string[],
): Promise<Known> {
  const found: PackageId[] = []
  for (const [index, name] of names.entries()) {
    const field = `for.${index}`
    const parsed = parsePackageId(name)
    if (!parsed.ok) {
      const { value, expected } = parsed.problem
      const detail = `${field}: got ${value}, expected ${expected}`
      return { ok: false, problem: { status: 422, detail, field, value, expected } }
    }
    const id = packageIdOf(parsed.value)
    if (engine.rolloutsOf(id).length === 0 && (await packages.get(id)) === null) {
      const expected = 'a package that is released through this server'
      const detail = `${field}: got ${showValue(id)}, expected ${expected}`
      return { ok: false, problem: { status: 404, detail, field, value: showValue(id), expected } }
    }
    if (!found.includes(id)) found.push(id)
  }
  return { ok: true, value: found }
}

function sayRequests(count: number, repository: string): string {
  if (count === 1) return '1 rollout waits for a test of this repository.'
  if (count > 1) return `${count} rollouts wait for a test of this repository.`
  return `No rollout waits for a test now. This check-in counts from the next rollout that begins, where the policy of the package admits ${repository}.`
}
