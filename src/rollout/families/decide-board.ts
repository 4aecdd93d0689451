import type { Command } from '../deciding/command.ts'
import { notLive } from '../deciding/decide-steering.ts'
import { accept, type Decision, deny } from '../deciding/decision.ts'
import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'

/**
 * Takes one more member into a family of another index that has begun: found late, it is shown to nobody until it has
 * come through its own first stage (`seatsOf`). Nobody is sent back and nothing begins again, but the others are not
 * raised meanwhile: whoever meets the family later meets all of it.
 */
export function decideBoard(command: Extract<Command, { type: 'board' }>, state: RolloutState): Decision {
  const { member, since } = command
  if (command.actor.kind !== 'system') {
    return deny(
      'invalid',
      'Only the index itself finds a family.',
      'actor',
      command.actor.kind,
      'the server itself',
    )
  }
  if (state.members.some(({ candidate }) => candidate === member.candidate)) return accept(command)
  if (!isLive(state)) return notLive(state, 'board')
  if (state.policySource?.kind !== 'adopt') {
    const expected =
      'a rollout by an adopt rule; trains of packages that are published here leave by themselves'
    return deny('conflict', 'It is no family of another index.', 'rollout', state.id, expected)
  }
  if (member.baseline === null) {
    const expected = 'a member with something to show instead of it'
    return deny('conflict', 'Its first release is for everybody.', 'member', member.candidate, expected)
  }
  return accept(command, { type: 'boarded', member, since })
}
