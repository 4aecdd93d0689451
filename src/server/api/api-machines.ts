import { parseCohortKey } from '../../cohort/cohort-key.ts'
import { machineKeyFault } from '../../cohort/machine-key.ts'
import type { RunCounter } from '../../engine/roles/run-counter.ts'
import { fleetOf } from '../../rollout/fleet/fleet.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type Authoriser, actorOf } from '../access/authorise.ts'
import type { RunVerifier } from '../access/run-verifier.ts'
import { type HttpProblem, problemOfRefusal, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { packagesOf } from './api-actions.ts'
import { machineBody } from './api-schemas.ts'

/**
 * `POST /api/v1/rollouts/<id>/machines`: a test on one machine of a fleet, counted as an ordinary run, or whether
 * it may take the candidate up. A token with `report` (or `operate`) for the packages vouches for it, or one of an
 * issuer that the operator named.
 */
export async function takeMachineRun(
  c: Ctx,
  parts: ServerParts<RunCounter>,
  access: { readonly authoriser: Authoriser; readonly verifier: RunVerifier },
  state: RolloutState,
): Promise<Response> {
  const reporter = await reporterOf(c, access, state)
  if (!reporter.ok) return problemResponse(reporter.problem)
  const body = await readBody(c, machineBody)
  if (!body.ok) return problemResponse(body.problem)
  const { ring, outcome: told, failures } = body.value
  const key = parseCohortKey(body.value.key)
  if (!key.ok) {
    // The value is left out: a key does not belong into an answer that may be logged.
    const { field, expected } = key.problem
    return problemResponse({ status: 422, detail: `key: expected ${expected}`, field, expected })
  }
  const fault = machineKeyFault(key.value)
  if (fault !== null) {
    const expected = 'a key that this machine made once and keeps, as slipway env follow does'
    return problemResponse({
      status: 422,
      detail: `key: it ${fault}; expected ${expected}`,
      field: 'key',
      expected,
    })
  }
  const run = { key: key.value, ring, outcome: told, failures }
  const outcome = await parts.engine.recordMachineRun(state.id, run, { actor: reporter.actor, reason: '' })
  if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
  const { takeUp, changed } = outcome
  const fleet = fleetOf(outcome.state.exposures)
  return c.json({ rollout: state.id, recorded: changed ? 1 : 0, takeUp, fleet }, 202)
}

type Reporter =
  | { readonly ok: true; readonly actor: Actor }
  | { readonly ok: false; readonly problem: HttpProblem }

/** A token made here, else one that an issuer of the operator's gave to the machine (`oidcIssuers`). */
async function reporterOf(
  c: Ctx,
  { authoriser, verifier }: { readonly authoriser: Authoriser; readonly verifier: RunVerifier },
  state: RolloutState,
): Promise<Reporter> {
  const authorization = c.req.header('authorization')
  const jwt = /^bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization ?? '')?.[1]
  if (jwt === undefined) {
    const allowed = await authoriser.allow(authorization, 'report', packagesOf(state))
    return allowed.ok ? { ok: true, actor: actorOf(allowed.holder, null) } : allowed
  }
  const verified = await verifier(jwt)
  if (!verified.ok) return verified
  // Everybody on GitHub can have a token of GitHub's: it vouches for nobody's machines.
  if (!verified.identity.projectId.includes('#')) {
    const detail =
      'Machines report with a token of the scope report, or with one of an issuer under oidcIssuers.'
    return { ok: false, problem: { status: 403, detail } }
  }
  return { ok: true, actor: { kind: 'system' } }
}
