import { isMajorCode } from '../../gates/contents/finding-levels.ts'
import type { Policy } from '../../gates/policy.ts'
import { type ChangeKind, changeKind, greatestKind } from '../../versions/change-kind.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import type { Member } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'

/** The policy with the ladder that it has for a kind of change; unchanged where it has one for all. */
export function onLadderOfChange(policy: Policy, change: ChangeKind): Policy {
  const { byChange } = policy
  if (byChange === undefined) return policy
  const { profile, stages } = byChange[change]
  return { ...policy, profile, stages, change }
}

/** The greatest kind that the numbers of its releases say; what has nothing before it counts as major. */
export function changeOf(members: readonly Member[]): ChangeKind {
  return greatestKind(members.map(({ candidate, baseline }) => numberedChange(candidate, baseline)))
}

function numberedChange(candidate: ReleaseId, baseline: ReleaseId | null): ChangeKind {
  const [after, before] = [parseReleaseId(candidate), parseReleaseId(baseline ?? '')]
  if (!after.ok || !before.ok) return 'major'
  return changeKind(after.value.ecosystem, before.value.version, after.value.version)
}

/** The kind that numbers and files say together: a removed public name or a new install script is a major change. */
export function changeFound({ members, contents }: Pick<RolloutState, 'members' | 'contents'>): ChangeKind {
  const isMajor = members.some(({ candidate, baseline }) => {
    const fact = ownEntry(contents, candidate)
    return fact?.baseline === baseline && fact?.findings.some(({ code }) => isMajorCode(code))
  })
  return isMajor ? 'major' : changeOf(members)
}
