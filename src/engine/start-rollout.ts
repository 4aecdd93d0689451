import type { Claim } from '../ports/event-store.ts'
import type { CommandBody } from '../rollout/command.ts'
import type { RolloutId } from '../rollout/event.ts'
import { planStart, type StartPlan } from '../rollout/plan-start.ts'
import type { RolloutState } from '../rollout/state.ts'
import { packageIdOf, parseReleaseId, type ReleaseId } from '../versions/release.ts'
import { schemeOf } from '../versions/scheme-of.ts'
import { appendDecided, type Decided } from './append-decided.ts'
import { decideChain } from './decide-chain.ts'
import { drawRolloutId, drawSalt } from './draw-words.ts'
import type { EngineOutcome, StartRequest } from './engine.ts'
import { type EngineCore, refuseBroken } from './engine-core.ts'
import { knownVersions, worldOf } from './known-packages.ts'
import { catchUp } from './load-rollouts.ts'
import { type Prepared, prepareStart } from './prepare-start.ts'
import { reserveRollout } from './reserve-rollout.ts'
import { serverChoice } from './resolve-policy-source.ts'
import { tooBusy } from './run-command.ts'

/**
 * Begins a rollout. What has to be asked of the forge is read first, outside of the queue, so that a slow
 * answer delays nobody; then one turn plans and appends: the older rollouts of the line, the start and the
 * claims on package and line together, or nothing.
 */
export async function startRollout(core: EngineCore, request: StartRequest): Promise<EngineOutcome> {
  const running = runningRollout(core, request)
  if (running !== null) {
    const refusal = refuseBroken(core, running.id)
    if (refusal !== null) return { ok: false, refusal }
    if (request.policy === null) return { ok: true, state: running, changed: false }
    return reserveRollout(core, request)
  }
  const planned = await planNow(core, request, null)
  if (!planned.ok) return planned
  const prepared = await prepareStart(core, request, planned.plan)
  if (!prepared.ok) return prepared
  return core.turns(async () => {
    for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
      const outcome = await tryStart(core, request, prepared.value)
      if (outcome !== null) return outcome
    }
    return { ok: false, refusal: tooBusy(request.releases.join(', ')) }
  })
}

/** The rollout in which all of these releases run or have completed already, unless a restart is asked for. */
function runningRollout(core: EngineCore, request: StartRequest): RolloutState | null {
  const [first] = request.releases
  const state = first === undefined || request.restart ? null : core.memory.find(first)
  if (state === null || state.startedAt === null) return null
  if (state.end !== null && state.end.kind !== 'completed') return null
  const members = state.members.map(({ candidate }) => candidate)
  return request.releases.every((release) => members.includes(release)) ? state : null
}

/** `prepared` null: a first look with stand-in policies, to refuse early and to know the members. */
export async function planNow(core: EngineCore, request: StartRequest, prepared: Prepared | null) {
  const packages = [...new Set(request.releases.map((release) => packageIdOf(release)))]
  const { actor, reason } = request.who
  const policies = prepared?.choices.map((choice) => choice.policy)
  const standIn = serverChoice(core.parts.settings.serverPolicy)
  return planStart({
    releases: request.releases,
    policies: policies ?? request.releases.map(() => standIn.policy),
    world: worldOf(core.memory, packages),
    versions: await knownVersions(core.parts.packages, packages),
    restart: request.restart,
    actor,
    reason,
    now: core.parts.clock.now(),
    salt: drawSalt(core.parts.random),
  })
}

/** Null: another process was faster. */
async function tryStart(
  core: EngineCore,
  request: StartRequest,
  prepared: Prepared,
): Promise<EngineOutcome | null> {
  const claims = await claimsOn(core, request.releases)
  // A holder that is not known yet was reserved and started by another process: the plan must see it.
  if (claims.some(({ holder }) => holder !== null && core.memory.get(holder) === null)) await catchUp(core)
  const planned = await planNow(core, request, prepared)
  if (!planned.ok) return planned
  const { plan } = planned
  if (plan.kind === 'running') {
    const state = core.memory.get(plan.rollout)
    return state === null ? null : { ok: true, state, changed: false }
  }
  const id = plan.rollout ?? drawRolloutId(core.parts.random)
  for (const touched of [id, ...plan.supersede]) {
    const refusal = refuseBroken(core, touched)
    if (refusal !== null) return { ok: false, refusal }
  }
  const base = { at: core.parts.clock.now(), ...request.who }
  const state = plan.rollout === null ? null : core.memory.get(plan.rollout)
  const started = decideChain(id, state, startCommands(id, request.releases, plan, prepared), base)
  if (!started.ok) return started
  const decided: Decided[] = [{ id, state, events: started.events }]
  for (const older of plan.supersede) {
    const before = core.memory.get(older)
    const supersede = [{ type: 'supersede', by: id } as const]
    const system = { at: base.at, actor: { kind: 'system' } as const, reason: '' }
    const superseded = decideChain(older, before, supersede, system)
    if (!superseded.ok) return superseded
    if (superseded.events.length > 0) decided.push({ id: older, state: before, events: superseded.events })
  }
  const taken = claims.map(({ claim, holder }): Claim => ({ claim, stream: id, expected: holder }))
  if (!(await appendDecided(core, decided, taken))) return null
  const stored = core.memory.get(id)
  if (stored === null) throw new Error(`${id} is stored and not in memory`)
  return { ok: true, state: stored, changed: true }
}

function startCommands(
  id: RolloutId,
  releases: readonly ReleaseId[],
  plan: StartPlan & { kind: 'start' },
  prepared: Prepared,
): readonly CommandBody[] {
  const [choice] = prepared.choices
  if (choice === undefined) throw new Error('a start without a policy')
  const reserve: CommandBody = {
    type: 'reserve',
    id,
    releases,
    train: choice.train,
    salt: plan.salt,
    policy: null,
    policySource: null,
    restartOf: plan.restartOf,
  }
  const joins = plan.join.map((candidate): CommandBody => {
    return { type: 'join', member: { candidate, baseline: null } }
  })
  const start: CommandBody = {
    type: 'start',
    members: plan.members,
    policy: plan.policy,
    policySource: choice.source,
    roster: prepared.roster,
    origin: prepared.origin,
    salt: plan.salt,
    // The plan has refused a frozen package already.
    freeze: null,
  }
  return plan.rollout === null ? [reserve, start] : [...joins, start]
}

/**
 * Package and line belong to the newest rollout. The holder is read before the plan is made and expected at the
 * append, so that two starts at once cannot both believe to be the only one.
 */
async function claimsOn(
  core: EngineCore,
  releases: readonly ReleaseId[],
): Promise<readonly { readonly claim: string; readonly holder: RolloutId | null }[]> {
  const claims = releases.filter((release) => parseReleaseId(release).ok).map(claimOf)
  const held: { claim: string; holder: RolloutId | null }[] = []
  for (const claim of new Set(claims)) held.push({ claim, holder: await core.parts.events.claimedBy(claim) })
  return held
}

function claimOf(release: ReleaseId): string {
  return `line:${packageIdOf(release)}@${lineOf(release)}`
}

function lineOf(release: ReleaseId): string {
  const parsed = parseReleaseId(release)
  if (!parsed.ok) throw new Error(`${release} was planned and is no release`)
  return schemeOf(parsed.value.ecosystem).lineOf(parsed.value.version)
}
