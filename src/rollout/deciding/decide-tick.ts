import type { Evaluation } from '../../gates/evaluate-gates.ts'
import { formatDuration } from '../../gates/format-time.ts'
import { harmfulAdvisories } from '../../gates/kinds/advisories.ts'
import { greatestKind } from '../../versions/change-kind.ts'
import { seatsOf } from '../families/seats.ts'
import type { EventBody, RolloutId } from '../history/event.ts'
import { basisPointsOf, isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { type Floor, noFloor, sayNeed } from '../siblings/floors.ts'
import type { Standing } from '../siblings/standing.ts'
import { alone } from '../siblings/surroundings.ts'
import { changeFound, onLadderOfChange } from '../starting/change-ladder.ts'
import type { Command } from './command.ts'
import { endedSearches } from './decide-bisect.ts'
import { sortFiles } from './decide-lifecycle.ts'
import { accept, type Decision, deny } from './decision.ts'
import { currentStage, evaluate } from './evaluate.ts'
import { isAbandoned } from './last-progress.ts'

type Tick = Extract<Command, { type: 'tick' }>

/** What the clock brings: searches that are over are told, then the evidence moves the rollout. */
export function decideTick(command: Tick, state: RolloutState): Decision {
  const moved = decideMove(command, state)
  if (!moved.ok || state.searching.length === 0) return moved
  const ended = accept(command, ...endedSearches(state, command.at))
  return ended.ok ? { ok: true, events: [...ended.events, ...moved.events] } : ended
}

/**
 * The only place where evidence moves a rollout: roll back before hold before wait before advance, at most one
 * stage. Nothing stands in the way of rolling back, neither a pause nor a freeze.
 */
function decideMove(command: Tick, state: RolloutState): Decision {
  if (command.actor.kind !== 'system') {
    return deny('invalid', 'Only the clock ticks.', 'actor', command.actor.kind, 'the server itself')
  }
  if (!isLive(state)) return accept(command)
  const evaluation = evaluate(state, command.at)
  if (evaluation.answer === 'fail') return rollBack(command, state, evaluation)
  const lost = command.unwatched ?? null
  if (lost !== null && lost.to > state.watchedFrom) return accept(command, { type: 'unwatched', ...lost })
  const { standing, reachedAlike = 0, floor = noFloor } = command.surroundings ?? alone
  if (floor.gone.length > 0 && state.policySource?.kind === 'adopt' && basisPointsOf(state) > 0)
    return withoutFloor(command, floor)
  if (standing.kind === 'outrun') return makeRoom(command, state, evaluation, standing.by)
  const regraded = regrade(state)
  if (regraded !== null) return accept(command, regraded)
  const place = placeEvents(state, standing)
  const stuck = evaluation.answer !== 'pass' || state.pausedSince !== null
  if (stuck && standing.kind === 'leads' && isAbandoned(state, command.at)) return abandon(command, state)
  if (state.pausedSince !== null) return accept(command, ...place)
  const seats = seatsOf(state, command.at, command.files)
  if (seats.length > 0) return accept(command, ...place, ...seats)
  const release: EventBody[] = state.heldSince === null ? [] : [{ type: 'released' }]
  switch (evaluation.answer) {
    case 'hold':
      return accept(command, ...place, ...holds(state, evaluation))
    case 'wait':
      return accept(command, ...place, ...release)
    case 'pass':
      // Its bake stands still, or begins anew just now.
      if (standing.kind === 'overtaken' || place.length > 0 || isAwaiting(state))
        return accept(command, ...place, ...release)
      return raise(command, state, reachedAlike, floor.basisPoints)
  }
}

/** One of its family has not taken its place yet: whoever meets the family later is to meet all of it. */
function isAwaiting({ boarding }: LiveRollout): boolean {
  return Object.keys(boarding).length > 0
}

type Body = EventBody & { readonly reason?: string }

/** A newer release of the line has completed: what is at 100 % with nothing against it completes, the rest goes to 0. */
function makeRoom(command: Tick, state: LiveRollout, { answer }: Evaluation, by: RolloutId): Decision {
  const isWhole = basisPointsOf(state) === 10_000 && state.pausedSince === null && state.heldSince === null
  if (isWhole && answer !== 'hold') return accept(command, { type: 'completed', direct: false })
  return accept(command, { type: 'superseded', by })
}

/**
 * The ladder of a greater kind of change, where its files show one: before anybody sees it, and never to a lesser one,
 * whatever is answered to the findings.
 */
function regrade(state: LiveRollout): Body | null {
  const { policy, stageIndex } = state
  if (stageIndex > 0 || policy.change === undefined) return null
  const found = changeFound(state)
  if (greatestKind([found, policy.change]) === policy.change) return null
  const reason = `Its files show a ${found} change, its number a ${policy.change} one: it takes the profile ${policy.byChange?.[found].profile}.`
  return {
    type: 'regraded',
    policy: onLadderOfChange(policy, found),
    policySource: state.policySource,
    reason,
  }
}

/** What is to be told of its place among the others; nothing while that stays. */
function placeEvents({ overtaken }: LiveRollout, standing: Standing): readonly Body[] {
  if (standing.kind === 'leads') return overtaken === null ? [] : [{ type: 'lead-regained' }]
  return overtaken?.by === standing.by ? [] : [{ type: 'overtaken', by: standing.by }]
}

function rollBack(command: Tick, state: LiveRollout, { verdicts }: Evaluation): Decision {
  const failing = verdicts.filter(({ answer }) => answer === 'fail')
  const regressions = failing.flatMap(({ subjects }) => subjects)
  const reason = failing.map(({ sentence }) => sentence).join(' ')
  const block = blocksOf(state)
  return accept(command, { type: 'rolled-back', automatic: true, regressions, reason }, ...block)
}

/** What the policy says of candidates that an advisory names: exact pins are refused too. */
function blocksOf(state: LiveRollout): readonly Body[] {
  if (currentStage(state).gates.advisories?.block !== true) return []
  const harmful = harmfulAdvisories({ advisories: state.advisories, releases: state.members })
  if (harmful.length === 0) return []
  const releases = [...new Set([...state.blocked, ...harmful.map(({ release }) => release)])]
  const ids = [...new Set(harmful.map(({ id }) => id))].join(', ')
  return [{ type: 'blocked', releases, reason: `The policy blocks what an advisory names: ${ids}.` }]
}

function holds(state: LiveRollout, { verdicts }: Evaluation): readonly Body[] {
  if (state.heldSince !== null) return []
  const sentences = verdicts.filter(({ answer }) => answer === 'hold').map(({ sentence }) => sentence)
  return [{ type: 'held', sentences, reason: sentences.join(' ') }]
}

function abandon(command: Tick, state: LiveRollout): Decision {
  const reason = `Nothing has moved for ${formatDuration(state.policy.abandonAfterMs ?? 0)}.`
  return accept(command, { type: 'abandoned', reason })
}

/** Whoever has it would be asked for what nobody gets any more. */
function withoutFloor(command: Tick, { gone }: Floor): Decision {
  const needs = gone.map((need) => `${need.release} needs ${sayNeed(need)}`).join(', ')
  const reason = `${needs}, and all that fits was taken back.`
  return accept(command, { type: 'rolled-back', automatic: true, regressions: [], reason })
}

/** Share at the next stage; the last one is followed by its completion. */
function sharedNext({ policy, stageIndex }: LiveRollout): number {
  return policy.stages[stageIndex + 1]?.basisPoints ?? 10_000
}

/** One stage further. A freeze stops raises only: the last stage is already at 100 %. */
function raise(command: Tick, state: LiveRollout, reached: number, floor: number): Decision {
  const bodies: Body[] = []
  if (state.heldSince !== null) bodies.push({ type: 'released' })
  const reason = `All gates of stage ${currentStage(state).name} pass.`
  const unseen = (command.unseen ?? []).length > 0 || floor < sharedNext(state)
  if (state.stageIndex === state.policy.stages.length - 1) {
    if (unseen) return accept(command, ...bodies)
    return accept(command, ...bodies, { type: 'completed', direct: false, reason })
  }
  if (command.freeze !== null || unseen) return accept(command, ...bodies)
  if (state.stageIndex === 0 && state.sealedFiles === null) {
    bodies.push({ type: 'sealed', files: sortFiles(command.files) })
  }
  const index = state.stageIndex + 1
  const entered = { type: 'stage-entered', index, forced: false, ...(reached > 0 && { reached }) } as const
  return accept(command, ...bodies, { ...entered, reason })
}
