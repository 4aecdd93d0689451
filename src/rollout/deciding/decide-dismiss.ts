import { dismissible } from '../../gates/kinds/publication.ts'
import { isLive } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { lacksPermission, lacksPerson, lacksReason, personOf } from './authority.ts'
import type { Command } from './command.ts'
import { findingsOf } from './decide-answer.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

/**
 * A named person's word that something found does not stand in the way of this rollout. It holds for what was found,
 * not for what is found later under the same code.
 */
export function decideDismiss(command: Extract<Command, { type: 'dismiss' }>, state: RolloutState): Decision {
  if (!isLive(state)) return notLive(state, 'dismiss')
  const { code } = command
  const found = dismissible({ ...state, releases: state.members })
  const open = found.filter((one) => one.code === code)
  if (open.length === 0) {
    const codes = [...new Set([...found, ...findingsOf(state)].map((one) => one.code))]
    const expected =
      codes.length === 0 ? 'nothing: nothing that was found holds it' : `one of ${codes.join(', ')}`
    return deny('conflict', 'Nothing of this code stands in the way.', 'code', code, expected)
  }
  const refusal = lacksPermission(command, 'maintain') ?? lacksPerson(command) ?? lacksReason(command)
  if (refusal !== null) return reject(refusal)
  const news = open.filter(
    ({ evidence }) => !state.dismissals.some((one) => one.code === code && one.evidence === evidence),
  )
  const by = personOf(command.actor) ?? ''
  return accept(command, ...news.map(({ evidence }) => ({ type: 'dismissed', code, by, evidence }) as const))
}
