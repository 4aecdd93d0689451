import { allTries, isBisectTry, searchDeadline, tryOf } from '../../gates/canaries/bisect.ts'
import { deadlineOf } from '../../gates/canaries/comparison.ts'
import { isProjectKey } from '../../gates/canaries/project-key.ts'
import type { Arm, CanaryFacts, Outcome, TryFacts } from '../../gates/evidence.ts'
import type { Forged, RepositoryReader, WorkflowRun, WorkflowRunner } from '../../ports/forge.ts'
import { canariesRuleOf } from '../../rollout/deciding/evaluate.ts'
import type { ResultFact } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { Nonces } from '../canaries/nonces.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { RunPlace } from '../core/rollout-memory.ts'
import { runCommands } from '../core/run-command.ts'

/** Asks the forge what became of runs, and records what that proves. */
export interface Gatherer {
  gather(repositoryId: string, runId: number): Promise<void>
  /** What was put off and is due now. */
  gatherDue(): Promise<void>
  /** Runs past their canary's deadline that were not asked about since: the last chance of a lost webhook. */
  gatherOverdue(state: RolloutState): Promise<void>
}

interface PutOff {
  readonly repositoryId: string
  readonly runId: number
  readonly notBefore: number
  /** When it was first seen completed; its report may have been in flight then. */
  readonly completedSince: number | null
}

const retryMs = 30_000

export function createGatherer(core: EngineCore, nonces: Nonces): Gatherer {
  const later = new Map<string, PutOff>()
  const asked = new Set<string>()
  const { clock, settings } = core.parts

  async function gather(repositoryId: string, runId: number): Promise<void> {
    const { forge } = core.parts
    // Its runs are on another CI, and say themselves how they ended.
    if (isProjectKey(repositoryId)) return
    const known = openPlaces(core, repositoryId, runId)
    if (forge === null || (known.length === 0 && nameless(core, repositoryId).length === 0)) return
    const key = `${repositoryId}/${runId}`
    const completedSince = later.get(key)?.completedSince ?? null
    later.delete(key)
    const run = await readRun(core, forge, repositoryId, runId)
    const now = clock.now()
    if (!run.ok) {
      const { kind, retryAt, message } = run.failure
      core.parts.log.warn('a run could not be read', { repositoryId, runId, why: message })
      if (kind === 'gone' || kind === 'forbidden') return
      later.set(key, { repositoryId, runId, notBefore: retryAt ?? now + retryMs, completedSince })
      return
    }
    // The run is the truth, and it must be one of the repository whose canary it claims to be.
    if (run.value.repositoryId !== repositoryId || run.value.status !== 'completed') return
    const places = known.length > 0 ? known : placesByTitle(core, nonces, repositoryId, run.value)
    const since = completedSince ?? now
    for (const place of places) {
      const state = core.memory.get(place.rollout)
      if (state === null) continue
      const reported = place.arm === 'both' && isReported(state, place, run.value)
      if (reported && !awaitsLegs(state, place)) continue
      if (place.arm === 'both' && now - since < settings.reportGraceMs) {
        const notBefore = since + settings.reportGraceMs
        later.set(key, { repositoryId, runId, notBefore, completedSince: since })
        continue
      }
      if (reported) await recordEnd(core, state, place)
      else await record(core, state, place, run.value, now)
    }
  }

  return {
    gather,
    async gatherDue() {
      const now = clock.now()
      const due = [...later.values()].filter((one) => one.notBefore <= now)
      for (const { repositoryId, runId } of due) await gather(repositoryId, runId)
    },
    async gatherOverdue(state) {
      for (const { canary, number, arm, runId: known } of overdueRuns(state, clock.now())) {
        const word = `${state.id}/${canary}/${number}/${arm}`
        if (asked.has(word)) continue
        asked.add(word)
        const runId = known ?? (await findNameless(core, nonces, state, { canary, number, arm }))
        if (runId !== null) await gather(canary, runId)
      }
    },
  }
}

/**
 * The run, read where its repository was last seen. Looking a repository up by its id lists all of them, so that is
 * done only for one that is not known or no longer under that name.
 */
async function readRun(
  core: EngineCore,
  forge: RepositoryReader & WorkflowRunner,
  repositoryId: string,
  runId: number,
): Promise<Forged<WorkflowRun>> {
  const seen = (await core.parts.offers.get(repositoryId, 'file'))?.repository ?? null
  const run = seen === null ? null : await forge.run(seen, runId)
  if (run?.ok === true && run.value.repositoryId === repositoryId) return run
  if (run?.ok === false && run.failure.kind !== 'gone') return run
  const repository = await forge.repository(repositoryId)
  if (!repository.ok) return repository
  return run !== null && repository.value.fullName === seen?.fullName
    ? run
    : forge.run(repository.value, runId)
}

function openPlaces(core: EngineCore, repositoryId: string, runId: number): readonly RunPlace[] {
  return core.memory
    .runPlaces(repositoryId, runId)
    .filter((place) => isBisectTry(place.try) || core.memory.get(place.rollout)?.end === null)
}

/** Started runs of this repository whose number the forge did not name. */
function nameless(core: EngineCore, repositoryId: string): readonly RunPlace[] {
  const places: RunPlace[] = []
  for (const state of core.memory.withCanary(repositoryId)) {
    const canary = ownEntry(state.canaries, repositoryId)
    for (const facts of canary === undefined ? [] : allTries(canary)) {
      if (state.end !== null && !isBisectTry(facts.number)) continue
      for (const { arm, runId, failure } of Object.values(facts.dispatches)) {
        if (runId !== null || failure !== null) continue
        places.push({ rollout: state.id, canary: repositoryId, try: facts.number, arm })
      }
    }
  }
  return places
}

/** A run of unknown number names itself: its title carries the nonce, and the arm where each has its own run. */
function placesByTitle(
  core: EngineCore,
  nonces: Nonces,
  repositoryId: string,
  run: WorkflowRun,
): readonly RunPlace[] {
  return nameless(core, repositoryId).filter((place) => {
    const nonce = nonces.nonceOf(place.rollout, place.canary, place.try)
    return run.title.includes(place.arm === 'both' ? nonce : `${nonce} ${place.arm}`)
  })
}

/** Looks among the newest runs for the one that carries the nonce: servers of before name no run. */
async function findNameless(
  core: EngineCore,
  nonces: Nonces,
  state: RolloutState,
  { canary, number, arm }: Pick<OverdueRun, 'canary' | 'number' | 'arm'>,
): Promise<number | null> {
  const { forge } = core.parts
  const entry = ownEntry(state.canaries, canary)?.entry
  if (forge === null || entry === undefined || entry.mode !== 'dispatch') return null
  const repository = await forge.repository(canary)
  const nonce = nonces.nonceOf(state.id, canary, number)
  const marker = arm === 'both' ? nonce : `${nonce} ${arm}`
  const found = repository.ok ? await forge.findRun(repository.value, entry.workflow, marker) : repository
  if (!found.ok) core.parts.log.warn('a run was not found', { canary, why: found.failure.message })
  return found.ok ? found.value : null
}

function factsAt(state: RolloutState, place: RunPlace): TryFacts | undefined {
  const canary = ownEntry(state.canaries, place.canary)
  return canary === undefined ? undefined : tryOf(canary, place.try)
}

function isReported(state: RolloutState, place: RunPlace, run: WorkflowRun): boolean {
  const legs = factsAt(state, place)?.legs ?? {}
  return Object.values(legs).some((arms) =>
    Object.values(arms).some((result) => result.runId === run.id && result.runAttempt >= run.attempt),
  )
}

/** Whether more legs of this run's matrix are waited for. */
function awaitsLegs(state: RolloutState, place: RunPlace): boolean {
  const facts = factsAt(state, place)
  const named = Object.keys(facts?.legs ?? {}).filter((leg) => leg !== 'default').length
  return named > 0 && facts?.ended !== true && named < (facts?.expectedLegs ?? Number.POSITIVE_INFINITY)
}

async function recordEnd(core: EngineCore, state: RolloutState, place: RunPlace): Promise<void> {
  const signal = { kind: 'legs', canary: place.canary, try: place.try, expected: null, ended: true } as const
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const outcome = await runCommands(core, state.id, [{ type: 'recordSignal', signal }], who)
  if (!outcome.ok) core.parts.log.warn('the end of a run was refused', { why: outcome.refusal.message })
}

async function record(
  core: EngineCore,
  state: RolloutState,
  place: RunPlace,
  run: WorkflowRun,
  now: number,
): Promise<void> {
  const arms: readonly Arm[] = place.arm === 'both' ? ['candidate', 'baseline'] : [place.arm]
  const bodies = arms.map((arm) => {
    const fact: ResultFact = {
      canary: place.canary,
      try: place.try,
      leg: 'default',
      arm,
      result: {
        ...judge(place, run),
        installed: ownEntry(state.fetched, `${place.canary}/${place.try}/${arm}`) ?? [],
        commit: run.headSha,
        runId: run.id,
        runAttempt: run.attempt,
        url: run.url,
        observedAt: now,
      },
    }
    return { type: 'recordResult', fact } as const
  })
  const outcome = await runCommands(core, state.id, bodies, { actor: { kind: 'system' }, reason: '' })
  if (!outcome.ok) {
    core.parts.log.warn('a result was refused', { rollout: state.id, why: outcome.refusal.message })
  }
}

/** A run of both arms that sent no report says nothing about either; a run of one arm is its outcome. */
function judge(place: RunPlace, run: WorkflowRun): { readonly outcome: Outcome; readonly detail: string } {
  const conclusion = run.conclusion ?? 'no conclusion'
  if (place.arm === 'both') {
    return { outcome: 'infra', detail: `run ended without a report (${conclusion})` }
  }
  switch (conclusion) {
    case 'success':
      return { outcome: 'pass', detail: '' }
    case 'failure':
      return { outcome: 'fail', detail: 'the run failed; its log is in the run' }
    case 'cancelled':
      return { outcome: 'cancelled', detail: 'the run was cancelled' }
    case 'timed_out':
      return { outcome: 'timed-out', detail: 'the run ran out of time' }
    default:
      return { outcome: 'infra', detail: `the run ended with ${conclusion}` }
  }
}

interface OverdueRun {
  readonly canary: string
  readonly number: number
  readonly arm: Arm | 'both'
  /** Null where the forge did not name it. */
  readonly runId: number | null
}

/** Runs whose time is over and whose arms have no answer yet. */
export function overdueRuns(state: RolloutState, now: number): readonly OverdueRun[] {
  if (state.policy === null) return []
  const rule = canariesRuleOf(state.policy, state.stageIndex)
  const live = isLive(state)
  const canaries = live ? Object.keys(state.canaries) : state.searching
  return canaries.flatMap((canary) => {
    const facts = ownEntry(state.canaries, canary)
    if (facts === undefined) return []
    const gateEnd = rule === null ? Number.POSITIVE_INFINITY : deadlineOf(facts, rule)
    return triesUnderWay(state, facts, live).flatMap((one) => {
      const ofSearch = isBisectTry(one.number) && facts.bisect !== undefined && rule !== null
      const end = ofSearch && facts.bisect ? searchDeadline(facts.bisect, rule) : gateEnd
      if (now < Math.min(end, runsEnd(facts, one))) return []
      return Object.values(one.dispatches).flatMap(({ arm, runId, failure }) =>
        failure !== null || isAnswered(one, arm) ? [] : [{ canary, number: one.number, arm, runId }],
      )
    })
  })
}

/** The tries of a live rollout, and those of a search that has no answer yet. */
function triesUnderWay({ searching }: RolloutState, facts: CanaryFacts, live: boolean): readonly TryFacts[] {
  const rounds = live ? Object.values(facts.tries) : []
  const isSearched = facts.bisect !== undefined && searching.includes(facts.entry.id)
  return isSearched ? [...rounds, ...Object.values(facts.bisect.tries)] : rounds
}

function runsEnd(facts: CanaryFacts, one: TryFacts): number {
  const starts = Object.values(one.dispatches).map((dispatch) => dispatch.at)
  return starts.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...starts) + facts.entry.timeoutMs
}

function isAnswered(one: TryFacts, arm: Arm | 'both'): boolean {
  const legs = Object.values(one.legs)
  if (arm === 'both') return legs.some((leg) => leg.candidate !== undefined && leg.baseline !== undefined)
  return legs.some((leg) => leg[arm] !== undefined)
}
