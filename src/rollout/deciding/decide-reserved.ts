import { sameJson } from '../history/canonical-json.ts'
import type { RolloutState } from '../history/state.ts'
import { lacksPermission } from './authority.ts'
import type { Command } from './command.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

/**
 * `reserve` for a rollout that exists: the same or no policy changes nothing, another one replaces it while
 * nothing depends on it yet (stage 0 without evidence) and is a conflict afterwards.
 */
export function decideAgain(command: Extract<Command, { type: 'reserve' }>, state: RolloutState): Decision {
  const known = state.members.map(({ candidate }) => candidate)
  if (!sameJson([...command.releases].sort(), [...known].sort())) {
    return deny(
      'conflict',
      'The id belongs to other releases.',
      'releases',
      command.releases,
      known.join(', '),
    )
  }
  const { policy, policySource } = command
  if (policy === null || policySource === null || sameJson(policy, state.policy)) return accept(command)
  const refusal = lacksPermission(command, 'maintain')
  if (refusal !== null) return reject(refusal)
  if (state.end !== null || state.stageIndex > 0 || hasEvidence(state)) {
    const expected = 'the same policy, or another one at stage 0 before any evidence'
    return deny('conflict', 'The rollout runs under another policy.', 'policy', policy.profile, expected)
  }
  // What somebody sees are sealed files, and these are not.
  const isSeen = policy.stages[0]?.groups.length !== 0
  if (state.startedAt !== null && state.sealedFiles === null && isSeen) {
    const expected = 'a policy that shows it to no group at stage 0, now that it has begun and takes files'
    return deny('conflict', 'The file list is open.', 'policy', policy.profile, expected)
  }
  return accept(command, { type: 'policy-replaced', policy, policySource })
}

function hasEvidence(state: RolloutState): boolean {
  if (state.approvals.length > 0 || Object.keys(state.exposures).length > 0) return true
  return Object.values(state.canaries).some(
    ({ tries, waiver }) => waiver !== null || Object.keys(tries).length > 0,
  )
}
