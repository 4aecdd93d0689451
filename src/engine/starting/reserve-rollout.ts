import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { planStart } from '../../rollout/starting/plan-start.ts'
import type { Departure, Train } from '../../rollout/trains/departure.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { appendDecided } from '../core/append-decided.ts'
import { claimsOn, takenBy } from '../core/claims-on.ts'
import { decideChain } from '../core/decide-chain.ts'
import { drawRolloutId, drawSalt } from '../core/draw-words.ts'
import { type EngineCore, refuseBroken } from '../core/engine-core.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import { catchUp } from '../core/load-rollouts.ts'
import { tooBusy } from '../core/run-command.ts'
import { inTime, seatOf } from '../trains/train-seat.ts'
import { openTrain } from './admit-upload.ts'
import { knownVersions, worldOf } from './known-packages.ts'
import { givenWithRequest, serverChoice } from './resolve-policy-source.ts'
import type { StartRequest } from './start-request.ts'

/**
 * Names a rollout before its files exist, with the policy of the request if there is one; nothing begins.
 * Repeated: the same or no policy changes nothing, another one replaces it while nothing depends on it.
 */
export async function reserveRollout(core: EngineCore, request: StartRequest): Promise<EngineOutcome> {
  const [first = ''] = request.releases
  const isNew = request.policy === null && !request.restart && core.memory.find(first) === null
  const seat = isNew ? await inTime(seatOf(core, first)) : null
  const named = seat?.known === true ? seat.train : null
  const isWhole = request.releases.every((release) => named?.packages.includes(packageIdOf(release)))
  const train = isWhole ? named : null
  return core.turns(async () => {
    for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
      const outcome = await tryReserve(core, request, train)
      if (outcome !== null) return outcome
    }
    return { ok: false, refusal: tooBusy(request.releases.join(', ')) }
  })
}

/** Null: another process was faster. */
async function tryReserve(
  core: EngineCore,
  request: StartRequest,
  train: Train | null,
): Promise<EngineOutcome | null> {
  const { parts, memory } = core
  const { actor, reason } = request.who
  const claims = await claimsOn(core, request.releases, false)
  await catchUp(core)
  const packages = [...new Set(request.releases.map((release) => packageIdOf(release)))]
  // The policy is not resolved before the start; for what is planned here any one will do.
  const policy = request.policy ?? serverChoice(parts.settings.serverPolicy).policy
  const gathered = gatheredAlready(core, request)
  if (gathered !== null) return { ok: true, state: gathered, changed: false }
  const open = train === null ? null : openTrain(core, train, packages)
  const planned = planStart({
    releases: request.releases,
    ...(open !== null && { departure: joining(request.releases, open) }),
    policies: request.releases.map(() => policy),
    world: worldOf(memory, [...packages, ...(open === null ? [] : (train?.packages ?? []))]),
    versions: await knownVersions(parts.packages, packages),
    restart: request.restart,
    actor,
    reason,
    now: parts.clock.now(),
    salt: '',
  })
  if (!planned.ok) return planned
  const { plan } = planned
  const state = plan.rollout === null ? null : memory.get(plan.rollout)
  const refusal = plan.rollout === null ? null : refuseBroken(core, plan.rollout)
  if (refusal !== null) return { ok: false, refusal }
  const id = plan.rollout ?? drawRolloutId(parts.random)
  const joins = plan.kind === 'start' ? plan.join : []
  const bodies: CommandBody[] = joins.map((candidate) => ({
    type: 'join',
    candidate,
  }))
  const releases =
    state === null ? request.releases : [...state.members.map((member) => member.candidate), ...joins]
  const restartOf = plan.kind === 'start' ? plan.restartOf : null
  if (open === null) bodies.push(reserveCommand(core, id, releases, request, train?.name ?? null, restartOf))
  const decided = decideChain(id, state, bodies, { at: parts.clock.now(), actor, reason })
  if (!decided.ok) return decided
  if (decided.events.length === 0 && state !== null) return { ok: true, state, changed: false }
  // An existing rollout holds its packages already, or had to give them to a newer one.
  const taken = plan.rollout === null || open !== null ? takenBy(id, claims) : []
  if (!(await appendDecided(core, [{ id, state, events: decided.events }], taken))) return null
  const stored = memory.get(id)
  if (stored === null) throw new Error(`${id} is stored and not in memory`)
  return { ok: true, state: stored, changed: true }
}

/** What is reserved for a train already leaves with that, whichever of its releases are named. */
function gatheredAlready({ memory }: EngineCore, request: StartRequest): RolloutState | null {
  const state = memory.find(request.releases[0] ?? '')
  if (state === null || state.train === null || request.policy !== null || request.restart) return null
  if (state.startedAt !== null || state.end !== null) return null
  const members = state.members.map(({ candidate }) => candidate)
  return request.releases.every((release) => members.includes(release)) ? state : null
}

function joining(releases: readonly ReleaseId[], rollout: RolloutId): Departure {
  return { rollout, releases, leftOut: [], carried: [], absorbs: [] }
}

function reserveCommand(
  core: EngineCore,
  id: RolloutId,
  releases: readonly string[],
  request: Pick<StartRequest, 'policy' | 'policySource'>,
  train: string | null,
  restartOf: RolloutId | null,
): CommandBody {
  return {
    type: 'reserve',
    id,
    releases,
    train,
    salt: drawSalt(core.parts.random),
    policy: request.policy,
    policySource: request.policy === null ? null : (request.policySource ?? givenWithRequest),
    restartOf,
  }
}
