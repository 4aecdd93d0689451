import type { Policy, ProfileLadder } from '../../gates/policy.ts'
import type { Member } from '../history/event.ts'
import { changeOf, onLadderOfChange } from './change-ladder.ts'
import { onApprovedLadder, onUrgentLadder } from './urgent-ladder.ts'

/**
 * The policy that releases begin under: with the ladder for what they fix, else for how much they change. `urgent`: the
 * advisories that they fix; `unoffered`: undefined where something else of the packages is offered.
 */
export function ladderFor(
  policy: Policy,
  members: readonly Member[],
  urgent: readonly string[],
  unoffered: ProfileLadder | null | undefined,
): Policy {
  if (unoffered !== undefined) return onApprovedLadder(policy, unoffered)
  if (urgent.length === 0 || policy.urgent === undefined) return onLadderOfChange(policy, changeOf(members))
  return onUrgentLadder(policy)
}
