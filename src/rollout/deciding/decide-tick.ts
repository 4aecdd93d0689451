import type { Evaluation } from '../../gates/evaluate-gates.ts'
import { formatDuration } from '../../gates/format-time.ts'
import { harmfulAdvisories } from '../../gates/kinds/advisories.ts'
import type { EventBody } from '../history/event.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
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
  const stuck = evaluation.answer !== 'pass' || state.pausedSince !== null
  if (stuck && isAbandoned(state, command.at)) return abandon(command, state)
  if (state.pausedSince !== null) return accept(command)
  switch (evaluation.answer) {
    case 'hold':
      return hold(command, state, evaluation)
    case 'wait':
      return state.heldSince === null ? accept(command) : accept(command, { type: 'released' })
    case 'pass':
      return raise(command, state)
  }
}

function rollBack(command: Tick, state: LiveRollout, { verdicts }: Evaluation): Decision {
  const failing = verdicts.filter(({ answer }) => answer === 'fail')
  const regressions = failing.flatMap(({ subjects }) => subjects)
  const reason = failing.map(({ sentence }) => sentence).join(' ')
  const block = blocksOf(state)
  return accept(command, { type: 'rolled-back', automatic: true, regressions, reason }, ...block)
}

/** What the policy says of candidates that an advisory names: exact pins are refused too. */
function blocksOf(state: LiveRollout): readonly (EventBody & { readonly reason?: string })[] {
  if (currentStage(state).gates.advisories?.block !== true) return []
  const harmful = harmfulAdvisories({ advisories: state.advisories, releases: state.members })
  if (harmful.length === 0) return []
  const releases = [...new Set([...state.blocked, ...harmful.map(({ release }) => release)])]
  const ids = [...new Set(harmful.map(({ id }) => id))].join(', ')
  return [{ type: 'blocked', releases, reason: `The policy blocks what an advisory names: ${ids}.` }]
}

function hold(command: Tick, state: LiveRollout, { verdicts }: Evaluation): Decision {
  if (state.heldSince !== null) return accept(command)
  const sentences = verdicts.filter(({ answer }) => answer === 'hold').map(({ sentence }) => sentence)
  return accept(command, { type: 'held', sentences, reason: sentences.join(' ') })
}

function abandon(command: Tick, state: LiveRollout): Decision {
  const reason = `Nothing has moved for ${formatDuration(state.policy.abandonAfterMs ?? 0)}.`
  return accept(command, { type: 'abandoned', reason })
}

/** One stage further. A freeze stops raises only: the last stage is already at 100 %. */
function raise(command: Tick, state: LiveRollout): Decision {
  const bodies: (EventBody & { readonly reason?: string })[] = []
  if (state.heldSince !== null) bodies.push({ type: 'released' })
  const reason = `All gates of stage ${currentStage(state).name} pass.`
  const unseen = (command.unseen ?? []).length > 0
  if (state.stageIndex === state.policy.stages.length - 1) {
    if (unseen) return accept(command, ...bodies)
    return accept(command, ...bodies, { type: 'completed', direct: false, reason })
  }
  if (command.freeze !== null || unseen) return accept(command, ...bodies)
  if (state.stageIndex === 0 && state.sealedFiles === null) {
    bodies.push({ type: 'sealed', files: sortFiles(command.files) })
  }
  const index = state.stageIndex + 1
  return accept(command, ...bodies, { type: 'stage-entered', index, forced: false, reason })
}
