import { packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { Member } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import type { KnownVersions } from '../starting/known-versions.ts'
import { baselineOf, isForAll, rolloutOf } from '../starting/line-history.ts'

/**
 * The members of a rollout with what is shown in their place now, where a recorded baseline was taken back, blocked,
 * withdrawn or removed and there is another one; null where they stay as they are. `world`: all rollouts that have a
 * release of one of its packages.
 */
export function rebasedMembers(
  state: RolloutState,
  world: readonly RolloutState[],
  versions: KnownVersions,
): readonly Member[] | null {
  const others = world.filter(({ id }) => id !== state.id)
  const members = state.members.map((member): Member => {
    const parsed = parseReleaseId(member.candidate)
    if (member.baseline === null || !parsed.ok || isThere(others, versions, member.baseline)) return member
    const baseline = baselineOf(parsed.value, others, versions, state.policy?.stream)
    return baseline === null ? member : { ...member, baseline }
  })
  return members.some(({ baseline }, index) => baseline !== state.members[index]?.baseline) ? members : null
}

function isThere(world: readonly RolloutState[], versions: KnownVersions, release: ReleaseId): boolean {
  const id = packageIdOf(release)
  const known = versions[id]?.find(({ version }) => `${id}@${version}` === release)
  if (known === undefined || !known.installable || known.withdrawn) return false
  const state = rolloutOf(world, release)
  if (state === null) return known.released
  return isForAll(state, release) && !state.blocked.includes(release)
}
