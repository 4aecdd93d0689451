import { sameJson } from '../history/canonical-json.ts'
import type { Member } from '../history/event.ts'
import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import type { Command } from './command.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny } from './decision.ts'

/**
 * Takes other baselines where the recorded ones are gone: percent stays, what was compared with the old ones no longer
 * counts, so raises wait for what is found with the new ones. A candidate that had none gets none.
 */
export function decideRebase(command: Extract<Command, { type: 'rebase' }>, state: RolloutState): Decision {
  if (command.actor.kind !== 'system') {
    const expected = 'the loss of a baseline'
    return deny('invalid', 'Baselines are nobody\u2019s choice.', 'actor', command.actor.kind, expected)
  }
  if (!isLive(state)) return notLive(state, 'rebase')
  const { members } = command
  if (
    !state.members.every((member, index) => fits(member, members[index])) ||
    members.length !== state.members.length
  ) {
    const known = state.members.map(({ candidate }) => candidate)
    return deny('conflict', 'These are other members.', 'members', members, known.join(', '))
  }
  if (sameJson(state.members, members)) return accept(command)
  const changed = members.filter(({ baseline }, index) => baseline !== state.members[index]?.baseline)
  const words = changed.map(({ candidate, baseline }) => `${candidate} is compared with ${baseline} now`)
  return accept(command, { type: 'rebased', members, reason: `${words.join('; ')}: its baseline is gone.` })
}

function fits(member: Member, other: Member | undefined): boolean {
  return (
    other !== undefined &&
    member.candidate === other.candidate &&
    (member.baseline === null) === (other.baseline === null)
  )
}
