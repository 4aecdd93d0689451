import { answersForIt } from '../../rollout/deciding/authority.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { StartRequest } from '../starting/start-request.ts'
import { gatheringOf, withTrain } from './leave-together.ts'

/**
 * The reserved rollout that a start finds its releases in while their train still gathers; null where it may begin. A
 * start says that its own releases are whole, not that the others are: only a named person with maintain permission
 * leaves without them.
 */
export async function gathers(
  core: EngineCore,
  request: StartRequest,
  settleOf: (release: ReleaseId) => number,
): Promise<RolloutState | null> {
  const state = core.memory.find(request.releases[0] ?? '')
  const isReserved = state !== null && state.startedAt === null && state.end === null
  if (!isReserved || request.restart || answersForIt(request.who)) return null
  const { train } = await withTrain(core, request)
  if (train === null) return null
  const isWhole = (release: ReleaseId) => (request.releases.includes(release) ? 0 : settleOf(release))
  const { at, awaited } = await gatheringOf(core, request.releases, train, isWhole)
  core.startProblems.awaits(state.id, awaited)
  return at !== null && at <= core.parts.clock.now() ? null : state
}
