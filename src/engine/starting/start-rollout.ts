import { urgentLadder } from '../../config/policy/urgent-ladder.ts'
import type { Policy, ProfileLadder } from '../../gates/policy.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { sameJson } from '../../rollout/history/canonical-json.ts'
import type { Member, Need, RolloutEvent, RolloutId, SealedFile } from '../../rollout/history/event.ts'
import { evolve } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { floorRollouts } from '../../rollout/siblings/floors.ts'
import { planStart, type StartPlan } from '../../rollout/starting/plan-start.ts'
import { likeRunning, unofferedSource, urgentSource } from '../../rollout/starting/urgent-ladder.ts'
import { isPrerelease } from '../../versions/release.ts'
import { appendDecided, type Decided } from '../core/append-decided.ts'
import { claimsOn, takenBy } from '../core/claims-on.ts'
import { decideChain } from '../core/decide-chain.ts'
import { drawRolloutId, drawSalt } from '../core/draw-words.ts'
import { type EngineCore, refuseBroken } from '../core/engine-core.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import { catchUp } from '../core/load-rollouts.ts'
import { runCommands, tooBusy } from '../core/run-command.ts'
import { tellSiblings } from '../core/tell-siblings.ts'
import { publicationSignals } from '../runs/publication-signals.ts'
import { leavingNow, packagesLeaving, type WholeStart, withTrain } from '../trains/leave-together.ts'
import { floorsOf } from './floors-of.ts'
import { knownAdvisories } from './known-advisories.ts'
import { hostedFiles, knownVersions, relativesOf, worldOf } from './known-packages.ts'
import { type Prepared, prepareStart, resolveChoices, withoutFiles } from './prepare-start.ts'
import { reserveRollout } from './reserve-rollout.ts'
import { resolvePolicySource, serverChoice } from './resolve-policy-source.ts'
import type { StartRequest } from './start-request.ts'
import { unreadHistory } from './unread-history.ts'

/**
 * Begins a rollout. What has to be asked of the forge is read first, outside of the queue, so that a slow
 * answer delays nobody; then one turn plans and appends: the start and the claims on package and line
 * together, or nothing. The other live releases of its packages are told after that.
 */
export async function startRollout(core: EngineCore, request: StartRequest): Promise<EngineOutcome> {
  const outcome = await attemptStart(core, request)
  if (!outcome.ok) await noteProblem(core, request, outcome.refusal)
  else if (outcome.changed) await core.offers.tellConditions(outcome.state)
  return outcome
}

/** Kept where people look for it: a start that nobody waits for is refused without anybody reading it. */
async function noteProblem(core: EngineCore, request: StartRequest, refusal: Refusal): Promise<void> {
  const [first = ''] = request.releases
  const state = core.memory.find(first)
  if (state === null || state.startedAt !== null || state.end !== null || request.restart) return
  const members = state.members.map(({ candidate }) => candidate)
  if (members.some((member) => !request.releases.includes(member))) return
  // Waiting for files is no problem; the rollout says so itself.
  if ((await withoutFiles(core, members)) !== null) return
  core.startProblems.note(state.id, refusal, core.parts.clock.now())
}

async function attemptStart(core: EngineCore, request: StartRequest): Promise<EngineOutcome> {
  const running = runningRollout(core, request)
  if (running !== null) {
    const refusal = refuseBroken(core, running.id)
    if (refusal !== null) return { ok: false, refusal }
    if (request.policy === null) return tellOrigin(core, running, request)
    // It is compared with the stored one, and may take its place: both with the keys that clients send.
    const resolved = await resolvePolicySource(core.parts, request.releases[0] ?? '', request.policy, null)
    if (!resolved.ok) return resolved
    const { policy, source } = likeRunning(running, resolved.choice)
    return reserveRollout(core, { ...request, policy, policySource: source })
  }
  // Whether a pre-release may start at all is the word of its stream; finals are looked at before the forge is asked.
  const early = request.releases.some(isPrerelease) ? await resolveChoices(core, request, null) : null
  if (early?.ok === false) return early
  for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
    const outcome = await startWhole(core, await withTrain(core, request), early?.value ?? null)
    if (outcome !== null) return outcome
  }
  return { ok: false, refusal: tooBusy(request.releases.join(', ')) }
}

/** Null: something came for its train meanwhile, which has to be read, too. */
async function startWhole(
  core: EngineCore,
  whole: WholeStart,
  early: Prepared['choices'] | null,
): Promise<EngineOutcome | null> {
  const planned = await planNow(core, whole, early, core.parts.clock.now())
  if (!planned.ok) return planned
  const prepared = await prepareStart(core, whole, planned.plan)
  if (!prepared.ok) return prepared
  const [choice] = prepared.value.choices
  // Its file could not be read a moment ago, and now it can.
  const isAlone = whole.train !== null || whole.releases.some(isPrerelease)
  if (!isAlone && choice !== undefined && choice.train !== null) return null
  return core.turns(async () => {
    const { train } = whole
    for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
      await catchUp(core)
      const now = train === null ? whole : await leavingNow(core, whole, train)
      if (!sameReleases(now, whole)) return null
      const outcome = await tryStart(core, now, prepared.value)
      if (outcome !== null) return outcome
    }
    return { ok: false, refusal: tooBusy(whole.releases.join(', ')) }
  })
}

function sameReleases(one: WholeStart, other: WholeStart): boolean {
  const allOf = ({ releases, departure }: WholeStart) => [...releases, ...(departure?.carried ?? [])].sort()
  return sameJson(allOf(one), allOf(other))
}

/** A start that comes after the start still says from which commit the release is, where nobody knew. */
async function tellOrigin(
  core: EngineCore,
  running: RolloutState,
  { origin }: StartRequest,
): Promise<EngineOutcome> {
  const known = running.origin === null || running.origin.commit !== null
  if (known || origin?.commit == null || origin.repositoryId !== running.origin.repositoryId) {
    return { ok: true, state: running, changed: false }
  }
  const { commit, tag } = origin
  const signal = { kind: 'origin', commit, tag, at: core.parts.clock.now() } as const
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const outcome = await runCommands(core, running.id, [{ type: 'recordSignal', signal }], who)
  return outcome.ok ? { ...outcome, changed: false } : outcome
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

/** `choices` null: a first look with stand-in policies, to refuse early and to know the members. */
async function planNow(
  core: EngineCore,
  request: WholeStart,
  choices: Prepared['choices'] | null,
  now: number,
) {
  const packages = packagesLeaving(request)
  const { actor, reason } = request.who
  const policies = choices?.map((choice) => choice.policy)
  const standIn = serverChoice(core.parts.settings.serverPolicy)
  return planStart({
    releases: request.releases,
    policies: policies ?? request.releases.map(() => standIn.policy),
    world: worldOf(core.memory, packages),
    ...(request.departure !== undefined && { departure: request.departure }),
    versions: await knownVersions(core.parts.packages, packages),
    advisories: await knownAdvisories(core.parts.advisories, packages),
    restart: request.restart,
    ...(request.sameUsers === true && { sameUsers: true }),
    actor,
    reason,
    now,
    salt: drawSalt(core.parts.random),
    unofferedLadder: quickLadder(policies?.[0] ?? standIn.policy),
    relatives: await relativesOf(core, packages, request.kin),
    floors: floorRollouts(await floorsOf(core, request), core.memory.rolloutsOf),
    ...(request.kin !== undefined && request.kin.length > 0 && { isFamily: true }),
    unread: packages.filter((id) => core.memory.rolloutsOf(id).some((state) => core.broken.has(state.id))),
  })
}

/** What a policy without an urgent ladder has where nothing of the package is offered any more. */
function quickLadder({ stages }: Policy): ProfileLadder {
  return urgentLadder({ profile: 'rapid', by: 'maintain' }, stages, stages.at(-1)?.gates ?? {})
}

/** Null: another process was faster. */
async function tryStart(
  core: EngineCore,
  request: WholeStart,
  prepared: Prepared,
): Promise<EngineOutcome | null> {
  const leaving = [...request.releases, ...(request.departure?.carried ?? [])]
  const claims = await claimsOn(core, leaving, true, prepared.choices[0]?.policy)
  // What another process reserved, started or completed meanwhile: the plan must see it.
  await catchUp(core)
  const at = core.parts.clock.now()
  const planned = await planNow(core, request, prepared.choices, at)
  if (!planned.ok) return planned
  const { plan } = planned
  if (plan.kind === 'running') {
    const state = core.memory.get(plan.rollout)
    return state === null ? null : { ok: true, state, changed: false }
  }
  const unread = await unreadHistory(core, plan.members)
  if (unread !== null) return { ok: false, refusal: unread }
  const id = plan.rollout ?? drawRolloutId(core.parts.random)
  const refusal = refuseBroken(core, id)
  if (refusal !== null) return { ok: false, refusal }
  const base = { at, ...request.who }
  const state = plan.rollout === null ? null : core.memory.get(plan.rollout)
  const files = await filesOf(core, plan.members)
  const started = decideChain(
    id,
    state,
    startCommands(id, plan, prepared, files, {
      compares: core.parts.compares === true,
      floors: await floorsOf(core, request),
    }),
    base,
  )
  if (!started.ok) return started
  const events = await withPublications(core, id, state, started.events, at)
  const absorbed = absorbInto(core, id, request, at)
  if (!(await appendDecided(core, [{ id, state, events }, ...absorbed], takenBy(id, claims)))) return null
  await tellSiblings(core, id, started.events)
  const stored = core.memory.get(id)
  if (stored === null) throw new Error(`${id} is stored and not in memory`)
  return { ok: true, state: stored, changed: true }
}

/** The other reserved rollouts of its train, which are part of it from here on. */
function absorbInto(
  core: EngineCore,
  by: RolloutId,
  { departure }: WholeStart,
  at: number,
): readonly Decided[] {
  return (departure?.absorbs ?? []).flatMap((id) => {
    const state = core.memory.get(id)
    const who = { actor: { kind: 'system' }, reason: 'Its releases leave with their train.' } as const
    const decided = decideChain(id, state, [{ type: 'absorb', by }], { at, ...who })
    return decided.ok ? [{ id, state, events: decided.events }] : []
  })
}

/** What the publisher says already counts from the first tick on. */
async function withPublications(
  core: EngineCore,
  id: RolloutId,
  state: RolloutState | null,
  started: readonly RolloutEvent[],
  at: number,
): Promise<readonly RolloutEvent[]> {
  const begun = started.reduce<RolloutState | null>((before, event) => evolve(id, before, event), state)
  if (begun === null || begun.end !== null) return started
  const signals = await publicationSignals(core, begun)
  const bodies = signals.map((signal): CommandBody => ({ type: 'recordSignal', signal }))
  const told = decideChain(id, begun, bodies, { at, actor: { kind: 'system' }, reason: '' })
  return told.ok ? [...started, ...told.events] : started
}

/** The files that are sealed where somebody sees a candidate at once. */
async function filesOf(core: EngineCore, members: readonly Member[]): Promise<readonly SealedFile[]> {
  const files = await hostedFiles(
    core.parts.packages,
    members.map(({ candidate }) => candidate),
  )
  return files.map(({ release, name, sha256 }) => ({ release, name, sha256 }))
}

function startCommands(
  id: RolloutId,
  plan: StartPlan & { kind: 'start' },
  prepared: Prepared,
  files: readonly SealedFile[],
  known: { readonly compares: boolean; readonly floors: readonly Need[] },
): readonly CommandBody[] {
  const [choice] = prepared.choices
  if (choice === undefined) throw new Error('a start without a policy')
  const reserve: CommandBody = {
    type: 'reserve',
    id,
    releases: plan.members.map(({ candidate }) => candidate),
    train: choice.train,
    salt: plan.salt,
    policy: null,
    policySource: null,
    restartOf: plan.restartOf,
  }
  const joins = plan.join.map((candidate): CommandBody => {
    return { type: 'join', candidate }
  })
  const start: CommandBody = {
    type: 'start',
    members: plan.members,
    leftOut: plan.leftOut,
    ...(choice.train !== null && { train: choice.train }),
    policy: plan.policy,
    policySource: plan.unoffered ? unofferedSource(choice.source) : urgentSource(choice.source, plan.urgent),
    roster: prepared.roster,
    origin: prepared.origin,
    salt: plan.salt,
    saltDrawnAt: plan.saltDrawnAt,
    files,
    // The plan has refused a frozen package already.
    freeze: null,
    ...known,
  }
  return plan.rollout === null ? [reserve, start] : [...joins, start]
}
