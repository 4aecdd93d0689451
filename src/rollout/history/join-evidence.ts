import { storeTry, tryOf } from '../../gates/canaries/bisect.ts'
import type {
  AdvisoryFact,
  ArmResult,
  BlockerFact,
  CanaryFacts,
  CanaryState,
  CheckFact,
  DispatchFact,
  HttpFact,
  Outcome,
  TryFacts,
} from '../../gates/evidence.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canonicalJson } from './canonical-json.ts'
import type { ResultFact, Signal } from './event.ts'
import { joinContents } from './join-contents.ts'
import { joinPullRequests, joinShownTo } from './join-dependents.ts'
import { joinLikeness, joinReach } from './join-likeness.ts'
import {
  joinFailedRead,
  joinFailedSearch,
  joinOrigin,
  joinRead,
  joinReleaseRead,
  joinSearch,
} from './join-looks.ts'
import { joinForgeRelease, joinPublication } from './join-publication.ts'
import type { RolloutState } from './state.ts'

// Every function here is a join: commutative, associative and idempotent, which is what law 5 rests on. Each
// returns the state it was given when nothing changes, so that `decide` can tell a repetition.

const OUTCOME_RANK: Readonly<Record<Outcome, number>> = {
  cancelled: 0,
  infra: 1,
  'timed-out': 2,
  pass: 3,
  fail: 4,
}

/** How a table that can be large is copied before it is changed: that of canaries, and that of ordinary runs. */
export type CopyTable = <Fact>(table: Readonly<Record<string, Fact>>) => Record<string, Fact>

/** The copy that keeps the old state whole. */
export const copyTable: CopyTable = (table) => ({ ...table })

/** For asking whether anything would change: the result is thrown away, so nothing is copied. */
export const copyNothing: CopyTable = () => ({})

/**
 * Stores one arm's answer; where two claim the same place, the greater under (attempt, outcome, JSON) stays. The
 * same answer seen again later is no other answer: the first sight stays.
 */
export function joinResult(state: RolloutState, fact: ResultFact, copy = copyTable): RolloutState {
  const canary = canaryOf(state, fact.canary)
  const known = tryOf(canary, fact.try) ?? emptyTry(fact.try)
  const arms = ownEntry(known.legs, fact.leg) ?? {}
  const present = arms[fact.arm]
  if (present !== undefined && orderResults(present, fact.result) >= 0) return state
  const legs = { ...known.legs, [fact.leg]: { ...arms, [fact.arm]: fact.result } }
  return withTry(state, fact.canary, { ...known, legs }, copy)
}

/** Stores a signal: started runs, their legs, proven fetches, blockers, pull requests. */
export function joinSignal(state: RolloutState, signal: Signal, copy = copyTable): RolloutState {
  switch (signal.kind) {
    case 'dispatched':
      return joinDispatch(state, signal, copy)
    case 'legs':
      return joinLegs(state, signal, copy)
    case 'fetched':
      return joinFetch(state, signal)
    case 'blocker':
      return joinBlocker(state, signal.blocker)
    case 'blockers-searched':
      return joinSearch(state, signal)
    case 'blocker-search-failed':
      return joinFailedSearch(state, signal)
    case 'pull-requests':
      return joinPullRequests(state, signal.pullRequests)
    case 'shown-to':
      return joinShownTo(state, signal.dependents)
    case 'check':
      return joinCheck(state, signal.check)
    case 'checks-read':
      return joinRead(state, 'checkSearch', signal.at)
    case 'checks-read-failed':
      return joinFailedRead(state, 'checkSearch', signal)
    case 'advisories-read':
      return joinRead(state, 'advisorySearch', signal.at)
    case 'advisories-read-failed':
      return joinFailedRead(state, 'advisorySearch', signal)
    case 'origin':
      return joinOrigin(state, signal)
    case 'advisory':
      return joinAdvisory(state, signal.advisory)
    case 'publication':
      return joinPublication(state, signal.publication)
    case 'release-read':
      return joinReleaseRead(state, signal)
    case 'forge-release':
      return joinForgeRelease(state, signal.forgeRelease)
    case 'likeness':
      return joinLikeness(state, signal.likeness)
    case 'reach':
      return joinReach(state, signal.reach)
    case 'contents':
      return joinContents(state, signal.contents)
    case 'http-answer':
      return joinHttp(state, signal.answer)
    case 'canary-private':
      return joinPrivate(state, signal.canary, copy)
    case 'canary-state':
      return joinCanaryState(state, signal, copy)
  }
}

function joinDispatch(
  state: RolloutState,
  signal: Extract<Signal, { kind: 'dispatched' }>,
  copy: CopyTable,
): RolloutState {
  const canary = canaryOf(state, signal.canary)
  const known = tryOf(canary, signal.try) ?? emptyTry(signal.try)
  const present = ownEntry(known.dispatches, signal.dispatch.arm)
  if (present !== undefined && orderDispatches(present, signal.dispatch) >= 0) return state
  const dispatches = { ...known.dispatches, [signal.dispatch.arm]: signal.dispatch }
  return withTry(state, signal.canary, { ...known, dispatches }, copy)
}

/** The greater number of legs stays, and an end stays an end. */
function joinLegs(
  state: RolloutState,
  signal: Extract<Signal, { kind: 'legs' }>,
  copy: CopyTable,
): RolloutState {
  const canary = canaryOf(state, signal.canary)
  const known = tryOf(canary, signal.try) ?? emptyTry(signal.try)
  const expected = Math.max(known.expectedLegs ?? 0, signal.expected ?? 0)
  const ended = known.ended === true || signal.ended
  if (expected === (known.expectedLegs ?? 0) && ended === (known.ended === true)) return state
  const told = { ...(expected > 0 ? { expectedLegs: expected } : {}), ...(ended ? { ended } : {}) }
  return withTry(state, signal.canary, { ...known, ...told }, copy)
}

function joinFetch(state: RolloutState, signal: Extract<Signal, { kind: 'fetched' }>): RolloutState {
  const key = `${signal.canary}/${signal.try}/${signal.arm}`
  const present = ownEntry(state.fetched, key) ?? []
  if (present.includes(signal.release)) return state
  return { ...state, fetched: { ...state.fetched, [key]: [...present, signal.release].sort() } }
}

function joinBlocker(state: RolloutState, blocker: BlockerFact): RolloutState {
  const key = blocker.key ?? blocker.issue
  const { [blocker.issue]: byName, ...others } = state.blockers
  // Recorded under its name, before the repository's id was kept with it.
  const former = key !== blocker.issue && Object.hasOwn(state.blockers, blocker.issue) ? byName : undefined
  const present = ownEntry(state.blockers, key) ?? former
  if (present !== undefined && orderBlockers(present, blocker) >= 0) return state
  return { ...state, blockers: { ...(former === undefined ? state.blockers : others), [key]: blocker } }
}

function joinCheck(state: RolloutState, check: CheckFact): RolloutState {
  const present = ownEntry(state.checks, check.name)
  if (present !== undefined && orderChecks(present, check) >= 0) return state
  return { ...state, checks: { ...state.checks, [check.name]: check } }
}

function joinAdvisory(state: RolloutState, advisory: AdvisoryFact): RolloutState {
  const key = `${advisory.id} ${advisory.release}`
  const present = ownEntry(state.advisories, key)
  if (present !== undefined && orderAdvisories(present, advisory) >= 0) return state
  return { ...state, advisories: { ...state.advisories, [key]: advisory } }
}

function joinHttp(state: RolloutState, answer: HttpFact): RolloutState {
  const present = ownEntry(state.http, String(answer.stageIndex))
  if (present !== undefined && orderAnswers(present, answer) >= 0) return state
  return { ...state, http: { ...state.http, [answer.stageIndex]: answer } }
}

function joinPrivate(state: RolloutState, id: string, copy: CopyTable): RolloutState {
  const canary = canaryOf(state, id)
  if (canary.entry.private) return state
  const canaries = copy(state.canaries)
  canaries[id] = { ...canary, entry: { ...canary.entry, private: true } }
  return { ...state, canaries }
}

function joinCanaryState(
  state: RolloutState,
  { canary: id, state: condition, at, message }: Extract<Signal, { kind: 'canary-state' }>,
  copy: CopyTable,
): RolloutState {
  const canary = canaryOf(state, id)
  const seen = { state: condition, at, message }
  if (canary.state !== null && orderConditions(canary.state, seen) >= 0) return state
  const canaries = copy(state.canaries)
  canaries[id] = { ...canary, state: seen }
  return { ...state, canaries }
}

function withTry(state: RolloutState, id: string, facts: TryFacts, copy: CopyTable): RolloutState {
  const canary = canaryOf(state, id)
  const canaries = copy(state.canaries)
  canaries[id] = storeTry(canary, facts)
  return { ...state, canaries }
}

/** Whether it exists was asked when the event was decided; a history in which it does not is broken. */
function canaryOf(state: RolloutState, id: string): CanaryFacts {
  const canary = ownEntry(state.canaries, id)
  if (canary === undefined) throw new Error(`${state.id} has no canary ${id}`)
  return canary
}

function emptyTry(number: number): TryFacts {
  return { number, dispatches: {}, legs: {} }
}

function orderResults(left: ArmResult, right: ArmResult): number {
  const said = ({ observedAt: _, ...answer }: ArmResult) => canonicalJson(answer)
  return (
    left.runAttempt - right.runAttempt ||
    OUTCOME_RANK[left.outcome] - OUTCOME_RANK[right.outcome] ||
    order(said(left), said(right)) ||
    right.observedAt - left.observedAt
  )
}

/** A started run beats one that failed to start; the later start beats the earlier. */
function orderDispatches(left: DispatchFact, right: DispatchFact): number {
  return (
    Number(left.failure === null) - Number(right.failure === null) ||
    Number(left.runId !== null) - Number(right.runId !== null) ||
    left.at - right.at ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

/**
 * The last change wins; of two facts of one change (the forge counts seconds) the later look, then the one that found
 * it open, and under more labels: which of them came last nobody can tell, and unsure means no exposure.
 */
function orderBlockers(left: BlockerFact, right: BlockerFact): number {
  return (
    left.observedAt - right.observedAt ||
    (left.seenAt ?? 0) - (right.seenAt ?? 0) ||
    Number(left.open) - Number(right.open) ||
    left.labels.length - right.labels.length ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

const CHECK_RANK: Readonly<Record<CheckFact['state'], number>> = { success: 0, pending: 1, failure: 2 }

/** As with blockers: of two looks at the same time the one that is further from exposure. */
function orderChecks(left: CheckFact, right: CheckFact): number {
  return (
    left.observedAt - right.observedAt ||
    CHECK_RANK[left.state] - CHECK_RANK[right.state] ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

function orderAdvisories(left: AdvisoryFact, right: AdvisoryFact): number {
  return (
    left.observedAt - right.observedAt ||
    Number(left.open) - Number(right.open) ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

const ANSWER_RANK: Readonly<Record<HttpFact['answer'], number>> = { pass: 0, wait: 1, hold: 2, fail: 3 }

function orderAnswers(left: HttpFact, right: HttpFact): number {
  return (
    left.at - right.at ||
    ANSWER_RANK[left.answer] - ANSWER_RANK[right.answer] ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

function orderConditions(left: CanaryState, right: CanaryState): number {
  return (
    left.at - right.at ||
    Number(left.state !== 'ok') - Number(right.state !== 'ok') ||
    order(canonicalJson(left), canonicalJson(right))
  )
}

function order(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
