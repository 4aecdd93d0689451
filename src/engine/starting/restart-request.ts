import type { RolloutState } from '../../rollout/history/state.ts'
import type { Who } from '../core/who.ts'
import type { StartRequest } from './start-request.ts'

/**
 * The start of the same releases again after their rollout ended, by the rules that hold now. `sameUsers`: it was a
 * false alarm, so those who went first go first again.
 */
export function restartRequest(ended: RolloutState, sameUsers: boolean, who: Who): StartRequest {
  const { members, origin } = ended
  const releases = members.map(({ candidate }) => candidate)
  return { releases, policy: null, restart: true, sameUsers, origin, who }
}
