import type { Member } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { rebasedMembers } from '../../rollout/siblings/rebased-members.ts'
import { knownVersions, packagesOf, worldOf } from '../starting/known-packages.ts'
import type { EngineCore } from './engine-core.ts'

/** The members of a rollout with other baselines, where recorded ones are no longer there; null where they stay. */
export async function newBaselines(
  core: Pick<EngineCore, 'memory' | 'parts'>,
  state: RolloutState,
): Promise<readonly Member[] | null> {
  const packages = packagesOf(state)
  const versions = await knownVersions(core.parts.packages, packages)
  return rebasedMembers(state, worldOf(core.memory, packages), versions)
}
