import { isFindingCode } from '../../gates/contents/finding-levels.ts'
import { decideBoard } from '../families/decide-board.ts'
import type { RolloutState } from '../history/state.ts'
import type { Command } from './command.ts'
import { decideAnswer } from './decide-answer.ts'
import { decideBisect } from './decide-bisect.ts'
import { decideCatchUp } from './decide-catch-up.ts'
import { decideDismiss } from './decide-dismiss.ts'
import { decideRecordExposure, decideRecordResult, decideRecordSignal } from './decide-evidence.ts'
import {
  decideAbandon,
  decideAbsorb,
  decideBlock,
  decideJoin,
  decideReserve,
  decideSeal,
  decideStart,
  decideUnblock,
} from './decide-lifecycle.ts'
import { decideLower } from './decide-lower.ts'
import { decideApprove, decideHold, decideRetryCanary, decideWaive } from './decide-people.ts'
import { decideRebase } from './decide-rebase.ts'
import { decideAdvance, decidePause, decideResume, decideRollBack } from './decide-steering.ts'
import { decideTick } from './decide-tick.ts'
import { decideUrgent } from './decide-urgent.ts'
import { type Decision, deny } from './decision.ts'

/**
 * Whether a command is carried out, and the events it amounts to. Pure, synchronous and total: all it needs
 * arrives in the command and the state (null before the first event). A command that is already fulfilled is
 * accepted with no events, so that it may be repeated.
 */
export function decide(command: Command, state: RolloutState | null): Decision {
  if (command.type === 'reserve') return decideReserve(command, state)
  if (state === null) {
    return deny(
      'unknown',
      'There is no such rollout.',
      'rollout',
      command.type,
      'a rollout that was reserved',
    )
  }
  if (!Number.isSafeInteger(command.at)) {
    return deny('invalid', 'The time is no time.', 'at', command.at, 'integer milliseconds since the epoch')
  }
  switch (command.type) {
    case 'start':
      return decideStart(command, state)
    case 'board':
      return decideBoard(command, state)
    case 'join':
      return decideJoin(command, state)
    case 'absorb':
      return decideAbsorb(command, state)
    case 'seal':
      return decideSeal(command, state)
    case 'recordResult':
      return decideRecordResult(command, state)
    case 'recordSignal':
      return decideRecordSignal(command, state)
    case 'recordExposure':
      return decideRecordExposure(command, state)
    case 'tick':
      return decideTick(command, state)
    case 'approve':
      return decideApprove(command, state)
    case 'advance':
      return decideAdvance(command, state)
    case 'lower':
      return decideLower(command, state)
    case 'pause':
      return decidePause(command, state)
    case 'resume':
      return decideResume(command, state)
    case 'rollBack':
      return decideRollBack(command, state)
    case 'waive':
      return decideWaive(command, state)
    case 'dismiss':
      return isFindingCode(command.code) ? decideAnswer(command, state) : decideDismiss(command, state)
    case 'hold':
      return decideHold(command, state)
    case 'retryCanary':
      return decideRetryCanary(command, state)
    case 'bisectCanary':
      return decideBisect(command, state)
    case 'rebase':
      return decideRebase(command, state)
    case 'abandon':
      return decideAbandon(command, state)
    case 'block':
      return decideBlock(command, state)
    case 'unblock':
      return decideUnblock(command, state)
    case 'catchUp':
      return decideCatchUp(command, state)
    case 'urgent':
      return decideUrgent(command, state)
  }
}
