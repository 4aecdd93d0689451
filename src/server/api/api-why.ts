import { createHash } from 'node:crypto'
import { bucketOf } from '../../cohort/bucket.ts'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { basisPointsOf, phaseOf } from '../../rollout/history/phase.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { Ctx, ServerParts } from '../server-parts.ts'
import { whyOfKey } from '../views/why-of-key.ts'
import { packagesOf } from './api-actions.ts'
import { whyBody } from './api-schemas.ts'
import { parseRolloutId } from './rollout-address.ts'

/** `/api/v1/why`: whether a key sees the candidate of a rollout, and why. The key is not kept. */
export async function explainWhy(c: Ctx, { engine }: ServerParts<RolloutReader>): Promise<Response> {
  const asked =
    c.req.method === 'GET' ? { ok: true as const, value: fromQuery(c) } : await readBody(c, whyBody)
  if (!asked.ok) return problemResponse(asked.problem)
  const key = parseCohortKey(asked.value.key)
  if (!key.ok) {
    // The value is left out: a key does not belong into an answer that may be logged.
    const { field, expected } = key.problem
    return problemResponse({ status: 422, detail: `key: expected ${expected}`, field, expected })
  }
  const address = parseRolloutId(asked.value.rollout)
  if (!address.ok) return problemResponse({ ...address.problem, status: 422, field: 'rollout' })
  const state = engine.find(address.id)
  if (state === null || !packagesOf(state).every(c.env.mayRead)) {
    return problemResponse({ status: 404, detail: `There is no rollout ${address.id}.`, field: 'rollout' })
  }
  const bucket = bucketOf((text) => createHash('sha256').update(text).digest(), state.salt, key.value)
  return c.json({
    rollout: state.id,
    phase: phaseOf(state),
    percent: basisPointsOf(state) / 100,
    bucket,
    ...whyOfKey(state, key.value, bucket),
  })
}

function fromQuery(c: Ctx): { rollout: string; key: string } {
  return { rollout: c.req.query('rollout') ?? '', key: c.req.query('key') ?? '' }
}
