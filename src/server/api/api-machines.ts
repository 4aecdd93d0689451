import { parseCohortKey } from '../../cohort/cohort-key.ts'
import { machineKeyFault } from '../../cohort/machine-key.ts'
import type { RunCounter } from '../../engine/roles/run-counter.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type Authoriser, actorOf } from '../access/authorise.ts'
import { problemOfRefusal, problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { packagesOf } from './api-actions.ts'
import { machineBody } from './api-schemas.ts'

/**
 * `POST /api/v1/rollouts/<id>/machines`: a test on one machine of a fleet, counted as an ordinary run. No
 * workflow proves who it is, so a token with `report` (or `operate`) for the packages vouches for it.
 */
export async function takeMachineRun(
  c: Ctx,
  parts: ServerParts<RunCounter>,
  authoriser: Authoriser,
  state: RolloutState,
): Promise<Response> {
  const allowed = await authoriser.allow(c.req.header('authorization'), 'report', packagesOf(state))
  if (!allowed.ok) return problemResponse(allowed.problem)
  const body = await readBody(c, machineBody)
  if (!body.ok) return problemResponse(body.problem)
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
  const run = { key: key.value, failed: body.value.outcome === 'failure' }
  const who = { actor: actorOf(allowed.holder, null), reason: '' }
  const outcome = await parts.engine.recordMachineRun(state.id, run, who)
  if (!outcome.ok) return problemResponse(problemOfRefusal(outcome.refusal))
  return c.json({ rollout: state.id, recorded: outcome.changed ? 1 : 0 }, 202)
}
