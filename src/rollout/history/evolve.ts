import { admit } from '../../gates/canaries/admission.ts'
import type { CanaryFacts } from '../../gates/evidence.ts'
import { candidateRuns } from '../../gates/kinds/bake.ts'
import type { Policy } from '../../gates/policy.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { boarded, seated } from './boarding.ts'
import { firstRound, nextRounds } from './canary-rounds.ts'
import { endedBy } from './ended-by.ts'
import type { EventBody, RolloutEvent, RolloutId } from './event.ts'
import { type CopyTable, copyTable, joinResult, joinSignal } from './join-evidence.ts'
import { joinExposure } from './join-exposure.ts'
import { basisPointsOf } from './phase.ts'
import { publishersOf, reservedState } from './reserved-state.ts'
import type { RolloutState, Transition } from './state.ts'

/** An event as decided or as recorded; only recorded ones move the head of the chain. */
export type FoldedEvent = RolloutEvent & { readonly hash?: string }

type EventOf<Type extends EventBody['type']> = Extract<FoldedEvent, { type: Type }>

/** Folds a whole history; null when there is no event. */
export function replay(id: RolloutId, events: readonly FoldedEvent[]): RolloutState | null {
  const further = createReplay()
  let state: RolloutState | null = null
  for (const event of events) state = further(id, state, event)
  return state
}

/**
 * `evolve` for histories that are read event by event: the states in between must be seen by nobody, so the
 * tables of canaries and of ordinary runs are copied only when they are not of this replay's own making.
 */
export function createReplay(): typeof evolve {
  const own = new WeakSet<object>()
  const copyOnce: CopyTable = <Fact>(table: Readonly<Record<string, Fact>>) => {
    if (own.has(table)) return table
    const copy = copyTable(table)
    own.add(copy)
    return copy
  }
  return (id, state, event) => fold(id, state, event, copyOnce)
}

/**
 * The state after one more event. Total over every event that `decide` produces; throws when the history is
 * broken (it does not begin with `reserved`), because then nothing sensible can be derived from it.
 */
export function evolve(id: RolloutId, state: RolloutState | null, event: FoldedEvent): RolloutState {
  return fold(id, state, event, copyTable)
}

function fold(id: RolloutId, state: RolloutState | null, event: FoldedEvent, copy: CopyTable): RolloutState {
  if (state === null) {
    if (event.type !== 'reserved') throw new Error(`the history of ${id} begins with ${event.type}`)
    return reservedState(id, event)
  }
  return { ...apply(state, event, copy), version: state.version + 1, head: event.hash ?? state.head }
}

function apply(state: RolloutState, event: FoldedEvent, copy: CopyTable): RolloutState {
  switch (event.type) {
    case 'reserved':
      throw new Error(`${state.id} is reserved twice`)
    case 'policy-replaced':
      return policyReplaced(state, event)
    case 'joined':
      return memberJoined(state, event)
    case 'boarded':
    case 'seated':
      return note(event, event.type === 'boarded' ? boarded(state, event) : seated(state, event))
    case 'started':
      return started(state, event)
    case 'sealed':
      return { ...state, sealedFiles: event.files }
    case 'result-recorded':
    case 'signal-recorded':
    case 'exposure-recorded':
    case 'unwatched':
      return joined(state, event, copy)
    case 'stage-entered':
      return note(event, stageEntered(state, event))
    case 'overtaken':
      return note(event, { ...state, overtaken: { by: event.by, since: event.at } })
    case 'lead-regained':
      return note(event, leadRegained(state, event))
    case 'rebased':
      return note(event, rebased(state, event))
    case 'held':
      return note(event, { ...state, heldSince: event.at, heldBecause: event.sentences })
    case 'released':
      return note(event, { ...state, heldSince: null, heldBecause: [] })
    case 'paused':
      return note(event, { ...state, pausedSince: event.at })
    case 'lowered':
      return note(event, lowered(state, event))
    case 'resumed':
      return note(event, resumed(state, event))
    case 'approved':
      return note(event, { ...state, approvals: [...state.approvals, approvalOf(event)] })
    case 'hold-placed':
      return note(event, { ...state, holds: [...state.holds, holdOf(event)] })
    case 'waived':
      return note(event, waived(state, event))
    case 'dismissed':
      return note(event, { ...state, dismissals: [...state.dismissals, dismissalOf(event)] })
    case 'finding-answered':
      return note(event, { ...state, findingAnswers: [...state.findingAnswers, findingAnswerOf(event)] })
    case 'canary-retried':
      return note(event, retried(state, event))
    case 'bisect-started':
      return note(event, bisectStarted(state, event))
    case 'bisect-ended':
      return note(event, bisectEnded(state, event))
    case 'completed':
    case 'rolled-back':
    case 'superseded':
    case 'abandoned':
      return note(event, endedBy(state, event))
    case 'catch-up-allowed':
      return note(event, { ...state, catchUpTo: event.to })
    case 'hurried':
    case 'regraded':
      return note(event, { ...state, policy: event.policy, policySource: event.policySource })
    case 'unblocked':
    case 'blocked':
      return note(event, { ...state, blocked: event.type === 'blocked' ? event.releases : [] })
  }
}

type Fact = EventOf<'result-recorded' | 'signal-recorded' | 'exposure-recorded' | 'unwatched'>

/** Facts of which nobody is told apart. */
function joined(state: RolloutState, event: Fact, copy: CopyTable): RolloutState {
  switch (event.type) {
    case 'result-recorded':
      return joinResult(state, event.fact, copy)
    case 'signal-recorded':
      return joinSignal(state, event.signal, copy)
    case 'exposure-recorded':
      return joinExposure(state, event.fact, copy)
    case 'unwatched':
      return unwatched(state, event)
  }
}

function started(state: RolloutState, event: EventOf<'started'>): RolloutState {
  const { members, policy, policySource, origin, salt, saltDrawnAt, at } = event
  const canaries: Record<string, CanaryFacts> = {}
  for (const entry of event.roster) canaries[entry.id] = firstRound(entry, at)
  const { compares = false, floors = [], train = state.train } = event
  const placed = { train, members, floors, policy, policySource, origin }
  const begun = { ...placed, salt, saltDrawnAt, canaries, compares }
  return note(event, { ...state, ...begun, startedAt: at, ...bakeAnew(state, at) })
}

/** Who counts is the policy's say, so a replaced policy admits the roster anew. */
function policyReplaced(state: RolloutState, event: EventOf<'policy-replaced'>): RolloutState {
  const { policy, policySource } = event
  return { ...state, policy, policySource, canaries: readmit(state, policy) }
}

function readmit(state: RolloutState, policy: Policy): RolloutState['canaries'] {
  const canaries: Record<string, CanaryFacts> = {}
  for (const [id, canary] of Object.entries(state.canaries)) {
    canaries[id] = { ...canary, entry: { ...canary.entry, ...admit(policy.canaries, canary.entry.repo) } }
  }
  return canaries
}

/** What was compared with another baseline says nothing: every canary begins a new round. */
function rebased(state: RolloutState, event: EventOf<'rebased'>): RolloutState {
  return { ...state, members: event.members, canaries: nextRounds(state.canaries, event.at) }
}

function stageEntered(state: RolloutState, event: EventOf<'stage-entered'>): RolloutState {
  const { index, forced, reached = 0 } = event
  // Whoever was hurried past a stage has not come there by its gates; the next stage that passes makes up for it.
  const earned = forced ? state.earned : (state.policy?.stages[index]?.basisPoints ?? state.earned)
  return { ...state, ...bakeAnew(state, event.at), stageIndex: index, earned, reached }
}

function bakeAnew(
  { exposures }: RolloutState,
  at: number,
): Pick<RolloutState, 'stageEnteredAt' | 'unwatchedMs' | 'watchedFrom' | 'runsAtEntry'> {
  return { stageEnteredAt: at, unwatchedMs: 0, watchedFrom: at, runsAtEntry: candidateRuns(exposures) }
}

function unwatched(state: RolloutState, { from, to }: EventOf<'unwatched'>): RolloutState {
  const ms = Math.max(0, to - Math.max(from, state.watchedFrom))
  return { ...state, unwatchedMs: state.unwatchedMs + ms, watchedFrom: Math.max(to, state.watchedFrom) }
}

function leadRegained(state: RolloutState, event: EventOf<'lead-regained'>): RolloutState {
  return { ...state, ...bakeAnew(state, event.at), overtaken: null }
}

function lowered(state: RolloutState, event: EventOf<'lowered'>): RolloutState {
  const loweredFrom = Math.max(state.loweredFrom, basisPointsOf(state))
  return {
    ...state,
    ...bakeAnew(state, event.at),
    stageIndex: event.index,
    pausedSince: event.at,
    loweredFrom,
  }
}

/** Whatever time passed while it was stopped, nobody saw it: the stage that it goes on from bakes from now on. */
function resumed(state: RolloutState, event: EventOf<'resumed'>): RolloutState {
  const isLowered = state.policy !== null && basisPointsOf(state) < state.loweredFrom
  return { ...state, ...(isLowered ? bakeAnew(state, event.at) : {}), pausedSince: null }
}

function memberJoined(state: RolloutState, { member, actor }: EventOf<'joined'>): RolloutState {
  const publishedBy = publishersOf(state.publishedBy, actor)
  return { ...state, members: [...state.members, member], publishedBy }
}

function approvalOf(event: EventOf<'approved'>): RolloutState['approvals'][number] {
  const { by, permission, stageIndex, at, reason } = event
  return { by, permission, stageIndex, at, reason }
}

function holdOf(event: EventOf<'hold-placed'>): RolloutState['holds'][number] {
  const { by, canary, until, reason } = event
  return { by, canary, until, reason }
}

function dismissalOf(event: EventOf<'dismissed'>): RolloutState['dismissals'][number] {
  const { code, by, reason, at, evidence } = event
  return { code, by, reason, at, evidence }
}

function findingAnswerOf(event: EventOf<'finding-answered'>): RolloutState['findingAnswers'][number] {
  const { code, what, by, permission, at, reason } = event
  return { code, what, by, permission, at, reason }
}

function waived(state: RolloutState, event: EventOf<'waived'>): RolloutState {
  const { by, reason, at, expiresAt, evidence } = event
  return withCanary(state, event.canary, { waiver: { by, reason, at, expiresAt, evidence } })
}

function retried(state: RolloutState, event: EventOf<'canary-retried'>): RolloutState {
  // Whatever kept it from being tested is found out anew.
  return withCanary(state, event.canary, { firstTry: event.firstTry, roundStartedAt: event.at, state: null })
}

function bisectStarted(state: RolloutState, event: EventOf<'bisect-started'>): RolloutState {
  const { canary, kind, suspects, firstTry, at } = event
  const tries = ownEntry(state.canaries, canary)?.bisect?.tries ?? {}
  const bisect = { kind, suspects, firstTry, startedAt: at, tries, found: null }
  return { ...withCanary(state, canary, { bisect }), searching: [...state.searching, canary] }
}

function bisectEnded(state: RolloutState, event: EventOf<'bisect-ended'>): RolloutState {
  const { canary, answer, releases } = event
  const bisect = ownEntry(state.canaries, canary)?.bisect
  if (bisect === undefined) throw new Error(`${state.id} has no search of canary ${canary}`)
  const searching = state.searching.filter((id) => id !== canary)
  return { ...withCanary(state, canary, { bisect: { ...bisect, found: { answer, releases } } }), searching }
}

function withCanary(state: RolloutState, id: string, change: Partial<CanaryFacts>): RolloutState {
  const canary = ownEntry(state.canaries, id)
  if (canary === undefined) throw new Error(`${state.id} has no canary ${id}`)
  return { ...state, canaries: { ...state.canaries, [id]: { ...canary, ...change } } }
}

/** Adds the line of the history that people read; its percent is the one after the event. */
function note(event: FoldedEvent & { readonly type: Transition['type'] }, next: RolloutState): RolloutState {
  const transition: Transition = {
    version: next.version,
    type: event.type,
    at: event.at,
    actor: event.actor,
    reason: event.reason,
    basisPoints: basisPointsOf(next),
    ...('overrode' in event && event.overrode !== undefined && { overrode: event.overrode }),
  }
  // A search moves nothing, so it must not keep a rollout from being given up either.
  const moved = event.type !== 'bisect-started' && event.type !== 'bisect-ended'
  const progressAt = moved ? Math.max(next.progressAt, event.at) : next.progressAt
  return { ...next, transitions: [...next.transitions, transition], progressAt }
}
