import { createHash } from 'node:crypto'
import { latestVersion } from '../../catalog/views/latest-version.ts'
import type { View } from '../../catalog/views/view.ts'
import { bucketOf } from '../../cohort/bucket.ts'
import { clientKindOf } from '../../cohort/client-kind.ts'
import { parseCohortKey } from '../../cohort/cohort-key.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { fleetOf } from '../../rollout/fleet/fleet.ts'
import { basisPointsOf, phaseOf } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { UpstreamUnavailable } from '../../upstream/upstream-unavailable.ts'
import { problemResponse } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx } from '../server-parts.ts'
import type { FoundView } from '../views/view-of-request.ts'
import { wayOut, whatKeySees } from '../views/what-key-sees.ts'
import { whyOfKey, whyOfKinds, withoutKey } from '../views/why-of-key.ts'
import { packagesOf } from './api-actions.ts'
import { whyBody } from './api-schemas.ts'
import { parseRolloutId } from './rollout-address.ts'

type Index = RegistryParts<RolloutReader>

const bucketIn = (salt: string, key: string) =>
  bucketOf((text) => createHash('sha256').update(text).digest(), salt, key)

/**
 * `/api/v1/why`: whether a key sees the candidate of a rollout, what else of the package is live and what of it the key
 * sees, and why. Without a key it is that of whoever asks. The key is not kept.
 */
export async function explainWhy(c: Ctx, index: Index): Promise<Response> {
  const asked =
    c.req.method === 'GET' ? { ok: true as const, value: fromQuery(c) } : await readBody(c, whyBody)
  if (!asked.ok) return problemResponse(asked.problem)
  const given = asked.value.key === undefined ? null : parseCohortKey(asked.value.key)
  if (given?.ok === false) {
    // The value is left out: a key does not belong into an answer that may be logged.
    const { field, expected } = given.problem
    return problemResponse({ status: 422, detail: `key: expected ${expected}`, field, expected })
  }
  const address = parseRolloutId(asked.value.rollout)
  if (!address.ok) return problemResponse({ ...address.problem, status: 422, field: 'rollout' })
  const state = index.parts.engine.find(address.id)
  if (state === null || !packagesOf(state).every(c.env.mayRead)) {
    return problemResponse({ status: 404, detail: `There is no rollout ${address.id}.`, field: 'rollout' })
  }
  const found: FoundView =
    given === null
      ? index.views.find(c.env.incoming, c.env.path)
      : { view: { kind: 'cohort', key: given.value }, by: 'key' }
  const kind = kindOf(found.view, c.req.header('user-agent') ?? '')
  return c.json(await whyOf(index, state, found, kind, asked.value.ring ?? null))
}

async function whyOf(
  { parts, documents }: Index,
  state: RolloutState,
  { view, by }: FoundView,
  kind: string,
  ring: string | null,
) {
  const key = view.kind === 'cohort' ? view.key : null
  const bucket = key === null ? null : bucketIn(state.salt, key)
  const why = key === null || bucket === null ? withoutKey(state, by) : whyOfKey(state, key, bucket, ring)
  const packages = packagesOf(state)
  const opened = await Promise.all(packages.map((id) => documents.open(id, view).catch(whenAway)))
  const sees = packages.flatMap((id, index) => {
    const visibility = opened[index]?.visibility
    const rollouts = parts.engine.rolloutsOf(id)
    return visibility === undefined ? [] : whatKeySees(id, rollouts, key, visibility, bucketIn)
  })
  const first = opened[0]
  const latest = first == null ? null : latestVersion(first.pkg, first.visibility)
  const [member] = state.members
  return {
    rollout: state.id,
    phase: phaseOf(state),
    percent: basisPointsOf(state) / 100,
    key,
    kind,
    bucket,
    by,
    ...why,
    ...(by === 'address' && key !== null && { kinds: whyOfKinds(state, key, bucketIn) }),
    fleet: fleetOf(state.exposures),
    sees,
    latest: latest === null ? null : `${packages[0]}@${latest.version}`,
    wayOut: member === undefined ? '' : wayOut(member.candidate, member.baseline, why.inside),
  }
}

/** The rollout is known here, also while its index is away. */
function whenAway(error: unknown): null {
  if (error instanceof UpstreamUnavailable) return null
  throw error
}

/** How the key came about: chosen, or from the address, and then the client's own. */
function kindOf(view: View, userAgent: string): string {
  if (view.kind !== 'cohort') return view.kind
  return view.key.includes(':') ? clientKindOf(userAgent) : 'key'
}

function fromQuery(c: Ctx): { rollout: string; key?: string | undefined; ring?: string | undefined } {
  return { rollout: c.req.query('rollout') ?? '', key: c.req.query('key'), ring: c.req.query('ring') }
}
