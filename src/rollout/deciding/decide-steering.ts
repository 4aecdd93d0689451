import type { Evaluation } from '../../gates/evaluate-gates.ts'
import { formatTime } from '../../gates/format-time.ts'
import { seatAll } from '../families/seats.ts'
import type { EventBody, Overridden } from '../history/event.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { noFloor, sayNeed } from '../siblings/floors.ts'
import { alone } from '../siblings/surroundings.ts'
import { lacksPermission, lacksPerson, lacksReason } from './authority.ts'
import type { Command } from './command.ts'
import { isOver, sortFiles } from './decide-lifecycle.ts'
import { accept, type Decision, deny, reject } from './decision.ts'
import { evaluate } from './evaluate.ts'
import type { Refusal } from './refusal.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

/**
 * Passes the current stage, or all stages up to `to`, one by one. What its gates do not pass needs a named
 * person with a reason, and maintain permission where a gate holds. A failing gate cannot be passed, and a
 * frozen package is raised by nobody.
 */
export function decideAdvance(command: CommandOf<'advance'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'advance')
  const stopped = state.pausedSince === null ? null : mayLeaveStop(command, state)
  if (stopped !== null) return stopped
  const target = targetOf(command, state)
  if (typeof target !== 'number') return target
  if (target === state.stageIndex) return accept(command)
  const { freeze = null, surroundings = alone } = command
  if (surroundings.standing.kind === 'overtaken') {
    const why = `A newer release of its line is ahead of it (${surroundings.standing.by}), so its bake stands still.`
    const expected = `${surroundings.standing.by} paused, lowered or taken back first`
    return deny('blocked', why, 'advance', state.id, expected)
  }
  if (freeze !== null && state.stageIndex < state.policy.stages.length - 1) {
    const why = `The package is frozen after ${freeze.rollbacks} rollbacks.`
    return deny('temporary', why, 'advance', state.id, `an advance after ${formatTime(freeze.until)}`)
  }
  const passed = pastFloor(command, state, target)
  return passed ?? passStages(command, state, target)
}

/** Whoever would see it must also see what it cannot do without. */
function pastFloor(command: CommandOf<'advance'>, state: LiveRollout, target: number): Decision | null {
  const { floor = noFloor } = command.surroundings ?? alone
  const share = state.policy.stages[target]?.basisPoints ?? 10_000
  if (share <= floor.basisPoints) return null
  const names = floor.waitsFor.map(({ need, release }) => release ?? sayNeed(need)).join(', ')
  const why = `It cannot do without ${names}, which fewer are shown.`
  return deny(
    'blocked',
    why,
    'advance',
    share / 100,
    `at most ${floor.basisPoints / 100} percent, or ${names} first`,
  )
}

/** The index to go to (one past the last stage: completion), or why there is none. */
function targetOf(command: CommandOf<'advance'>, state: LiveRollout): number | Decision {
  const { to } = command
  if (to === null) return state.stageIndex + 1
  const ladder = state.policy.stages.map(({ basisPoints }) => basisPoints)
  const index = ladder.indexOf(to)
  if (index >= state.stageIndex) return index
  const accepted = ladder.slice(state.stageIndex).map((points) => points / 100)
  const why = index === -1 ? 'There is no such stage.' : 'That stage is behind.'
  return deny('invalid', why, 'to', to / 100, `one of ${accepted.join(', ')} percent`)
}

/**
 * Who paused or lowered it is not overruled in passing: `resume` goes on by the gates, and somebody with maintain
 * permission may say by its percent to which stage a lowered one goes at once.
 */
function mayLeaveStop(command: CommandOf<'advance'>, state: LiveRollout): Decision | null {
  if (state.loweredFrom === 0 || command.to === null) {
    const expected =
      state.loweredFrom === 0
        ? 'resume first'
        : 'resume, to go on by the gates, or advance to the percent of a stage with maintain permission'
    return deny('blocked', 'The rollout is paused.', 'advance', state.id, expected)
  }
  const refusal = lacksPermission(command, 'maintain') ?? lacksPerson(command) ?? lacksReason(command)
  return refusal === null ? null : reject(refusal)
}

function passStages(command: CommandOf<'advance'>, state: LiveRollout, target: number): Decision {
  const bodies: EventBody[] = [
    ...(state.pausedSince === null ? [] : [{ type: 'resumed' } as const]),
    ...(state.heldSince === null ? [] : [{ type: 'released' } as const]),
  ]
  bodies.push(...seatAll(state, command.files))
  if (state.stageIndex === 0 && state.sealedFiles === null) {
    bodies.push({ type: 'sealed', files: sortFiles(command.files) })
  }
  const { surroundings = alone } = command
  const { reachedAlike = 0 } = surroundings
  const reached = reachedAlike > 0 ? { reached: reachedAlike } : {}
  for (let index = state.stageIndex; index < target; index += 1) {
    const stageEnteredAt = index === state.stageIndex ? state.stageEnteredAt : command.at
    const evaluation = evaluate({ ...state, stageIndex: index, stageEnteredAt }, command.at)
    const refusal = mayPass(command, evaluation)
    if (refusal !== null) return refusal
    const overrode = overriddenBy(evaluation)
    const last = index === state.policy.stages.length - 1
    bodies.push(
      last
        ? { type: 'completed', direct: false, ...overrode }
        : {
            type: 'stage-entered',
            index: index + 1,
            forced: evaluation.answer !== 'pass',
            ...overrode,
            ...reached,
          },
    )
  }
  return accept(command, ...bodies)
}

/** Law 2: what the person went past is part of the history. */
function overriddenBy({ verdicts }: Evaluation): { readonly overrode?: readonly Overridden[] } {
  const overrode = verdicts.flatMap(({ gate, answer }) =>
    answer === 'wait' || answer === 'hold' ? [{ gate, answer }] : [],
  )
  return overrode.length === 0 ? {} : { overrode }
}

function mayPass(command: CommandOf<'advance'>, evaluation: Evaluation): Decision | null {
  const { answer, verdicts } = evaluation
  if (answer === 'pass') return null
  const sentence = verdicts.find((verdict) => verdict.answer === answer)?.sentence ?? ''
  if (answer === 'fail') {
    return deny('blocked', sentence, 'advance', 'past a failing gate', 'a waiver or a retry of what failed')
  }
  const refusal: Refusal | null =
    (answer === 'hold' ? lacksPermission(command, 'maintain') : null) ??
    lacksPerson(command) ??
    lacksReason(command)
  return refusal === null ? null : reject(refusal)
}

/** Stops raises until somebody resumes; rolling back goes on. */
export function decidePause(command: CommandOf<'pause'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'pause')
  return state.pausedSince === null ? accept(command, { type: 'paused' }) : accept(command)
}

/** Ends a pause. */
export function decideResume(command: CommandOf<'resume'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'resume')
  return state.pausedSince === null ? accept(command) : accept(command, { type: 'resumed' })
}

/**
 * Takes the candidates back at once, or calls off what has not begun; after completion only while there is
 * something to go back to.
 */
export function decideRollBack(command: CommandOf<'rollBack'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (state.end !== null && state.end.kind !== 'completed') return isOver(state, 'rollback')
  // Nothing was visible yet: taking it back is calling it off.
  if (state.startedAt === null) return accept(command, { type: 'abandoned' })
  if (state.members.every(({ baseline }) => baseline === null)) {
    const why = 'A first release has nothing to go back to.'
    return deny('permanent', why, 'rollout', state.id, 'block, to refuse it everywhere')
  }
  if (state.end !== null && !command.installable) {
    const expected = 'a baseline that can be installed'
    return deny('blocked', 'The baseline is gone.', 'baseline', baselines(state), expected)
  }
  if (state.end !== null && command.newerCompleted !== null) {
    const why = 'A newer release has completed since.'
    return deny('conflict', why, 'rollout', state.id, `a rollback of ${command.newerCompleted}`)
  }
  return accept(command, { type: 'rolled-back', automatic: false, regressions: [] })
}

function baselines(state: RolloutState): readonly (string | null)[] {
  return state.members.map(({ baseline }) => baseline)
}

/** The refusal of what needs a rollout that has started and not ended. */
export function notLive(state: RolloutState, command: string): Decision {
  if (state.end !== null) return isOver(state, command)
  const expected = `a rollout that has started, for ${command}`
  return deny('temporary', 'The rollout has not started.', 'rollout', state.id, expected)
}
