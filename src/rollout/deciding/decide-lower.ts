import { basisPointsOf, isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { lacksPermission, lacksPerson, lacksReason } from './authority.ts'
import type { Command } from './command.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

type Lower = Extract<Command, { type: 'lower' }>

/**
 * Goes down to an earlier stage and pauses, in one event: unpinned installs outside that stage get the baseline at
 * once. It is no end: `resume` goes on from there. It only takes away, so write permission is enough; law 1 wants a
 * named person and a reason.
 */
export function decideLower(command: Lower, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  const verb = command.to === 0 ? 'stop' : 'lower'
  if (!isLive(state)) return notLive(state, verb)
  const unnamed = lacksPerson({ ...command, type: verb }) ?? lacksReason({ ...command, type: verb })
  if (unnamed !== null) return reject(unnamed)
  const index = state.policy.stages.findIndex(({ basisPoints }) => basisPoints === command.to)
  if (index >= 0 && index < state.stageIndex) return accept(command, { type: 'lowered', index })
  // Nobody sees it already; what is asked for is that it stays so.
  if (command.to === 0) {
    return state.pausedSince === null ? accept(command, { type: 'paused' }) : accept(command)
  }
  return deny('invalid', whyNot(command.to, state), 'to', command.to / 100, lowerStages(state))
}

function whyNot(to: number, state: LiveRollout): string {
  const now = basisPointsOf(state)
  if (to === now) return `It is at ${now / 100} % already.`
  return to > now
    ? `It is at ${now / 100} %, and lower goes down only.`
    : 'There is no stage with this percent.'
}

function lowerStages({ policy, stageIndex }: LiveRollout): string {
  const below = policy.stages.slice(0, stageIndex).map(({ basisPoints }) => basisPoints / 100)
  return below.length === 0
    ? 'a lower stage, and it is at the first; pause keeps it there'
    : `one of ${below.join(', ')} percent`
}
