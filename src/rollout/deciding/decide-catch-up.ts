import { basisPointsOf, isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { alone } from '../siblings/surroundings.ts'
import { lacksPermission, lacksPerson, lacksReason } from './authority.ts'
import type { Command } from './command.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

type CatchUp = Extract<Command, { type: 'catchUp' }>

/**
 * Lets the stages bake `catchUp` up to the share that an older live release of the line came to through its own
 * gates. All other gates are asked as ever; a named person answers for the two being alike.
 */
export function decideCatchUp(command: CatchUp, state: RolloutState): Decision {
  const named = { ...command, type: 'catch-up' }
  const refusal = lacksPermission(command, 'write') ?? lacksPerson(named) ?? lacksReason(named)
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'catch-up')
  if (state.policy.pace.catchUpMs === null) {
    const expected = 'a policy with a time under catchUp'
    return deny('conflict', 'The policy lets nothing catch up.', 'catchUp', 'never', expected)
  }
  const to = (command.surroundings ?? alone).reached
  if (to > 0 && to <= state.catchUpTo) return accept(command)
  if (to <= basisPointsOf(state)) {
    const at = basisPointsOf(state) / 100
    const expected = `an older live release of the line above ${at} percent`
    return deny('conflict', 'There is nothing to catch up with.', 'catchUp', to / 100, expected)
  }
  return accept(command, { type: 'catch-up-allowed', to })
}
