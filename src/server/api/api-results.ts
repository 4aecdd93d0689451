import { createHash } from 'node:crypto'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { toldArms } from '../../engine/runs/told-arms.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { showValue } from '../../versions/problem.ts'
import { workflowFileOf } from '../access/oidc.ts'
import type { RunVerifier } from '../access/run-verifier.ts'
import { type HttpProblem, problemOfRefusal, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { resultsBody } from './api-schemas.ts'
import { parseRolloutAddress } from './rollout-address.ts'
import { oneRolloutAnswer } from './rollout-answer.ts'

/**
 * `POST /api/v1/rollouts/<id>/results`: the report of a canary's run, proven by the run's own OIDC token.
 * The token says which repository, run and attempt speak; the body says what they found. Sending the same
 * body again with the same token is fine, another body is not.
 */
export async function takeResults(
  c: Ctx,
  parts: ServerParts<RolloutReader & EvidenceGatherer>,
  verifier: RunVerifier,
): Promise<Response> {
  const token = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined) {
    return problemResponse({
      status: 401,
      detail: 'Results need the workflow run’s OIDC token, made for the address of this server.',
    })
  }
  const verified = await verifier(token)
  if (!verified.ok) return problemResponse(verified.problem)
  const { identity } = verified
  // Only now: who proves nothing learns nothing, not even which rollouts there are.
  const address = parseRolloutAddress(c.env.path.rest.slice('/api/v1/rollouts/'.length))
  const found = address.ok ? parts.engine.find(address.id) : null
  const state = parts.settings.private && !isConcerned(found, identity.canary.id) ? null : found
  if (state === null)
    return problemResponse({ status: 404, detail: 'There is no such rollout.', field: 'id' })
  const body = await readBody(c, resultsBody)
  if (!body.ok) return problemResponse(body.problem)
  const digest = createHash('sha256').update(`${state.id}\n${body.text}`).digest('hex')
  // Kept past the token's own end by the clock tolerance of the verifier.
  const word = identity.isOnlyToken
    ? `jti:results:${state.id}:${body.value.try}:${body.value.legs.map(({ leg }) => leg).join()}:${identity.tokenId}`
    : `jti:${identity.tokenId}`
  const fresh = await parts.access.useOnce(word, digest, identity.expiresAt + 60_000)
  if (!fresh) return problemResponse(usedTokenProblem(identity.tokenId))
  const of = Math.max(body.value.of ?? 0, ...body.value.legs.map((leg) => leg.of ?? 0))
  const outcome = await parts.engine.report({
    rollout: state.id,
    try: body.value.try,
    nonce: body.value.nonce,
    identity: {
      repositoryId: identity.canary.id,
      runId: identity.runId,
      runAttempt: identity.runAttempt,
      url: null,
      workflow: workflowFileOf(identity),
      private: identity.canary.private,
      ...(identity.commit !== null && { commit: identity.commit }),
    },
    ...(of === 0 ? {} : { of }),
    legs: body.value.legs.map((leg) => ({ leg: leg.leg, arms: toldArms(leg) })),
  })
  if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
  const answer = await oneRolloutAnswer(parts, outcome.state)
  return c.json({ changed: outcome.changed, ...answer }, outcome.changed ? 201 : 200)
}

/** On a private server a run of a repository that is not asked to test a release hears nothing of it. */
function isConcerned(state: RolloutState | null, repositoryId: string): boolean {
  if (state === null) return false
  return (
    state.origin?.repositoryId === repositoryId ||
    Object.values(state.canaries).some(({ entry }) => entry.id === repositoryId)
  )
}

function usedTokenProblem(jti: string): HttpProblem {
  const value = showValue(jti)
  const expected = 'a token that carried no other report; every request of the run can ask for a new one'
  const detail = `This token already carried another report. jti: got ${value}, expected ${expected}`
  return { status: 409, detail, field: 'jti', value, expected }
}
