import type { Policy, ProfileLadder, Stage } from '../../gates/policy.ts'
import { isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { checkPolicy } from '../starting/check-policy.ts'
import { describe, lacksPermission, lacksPerson, lacksReason } from './authority.ts'
import type { Command } from './command.ts'
import { notLive } from './decide-steering.ts'
import { accept, type Decision, deny, reject } from './decision.ts'
import { withBakeOf } from './evaluate.ts'

type Urgent = Extract<Command, { type: 'urgent' }>

/**
 * Goes on by the urgent ladder of the policy. What it has shown stays as it is: only the rungs ahead and the bake of
 * the present one change, and no canary is let off. A person with maintain permission answers for it, which is the
 * approval that the ladder may ask for before anybody sees the release.
 */
export function decideUrgent(command: Urgent, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'maintain') ?? lacksPerson(command) ?? lacksReason(command)
  if (refusal !== null) return reject(refusal)
  if (!isLive(state)) return notLive(state, 'urgent')
  if (state.policySource?.urgent !== undefined) return accept(command)
  const { urgent } = state.policy
  if (urgent === undefined) {
    const expected = 'a policy with an urgent ladder, such as urgent: { profile: rapid }'
    return deny('conflict', 'Nothing in the policy is urgent.', 'urgent', state.policy.profile, expected)
  }
  const policy = hurried(state, urgent)
  const broken = checkPolicy(policy)
  if (broken !== null) return reject(broken)
  const source = state.policySource ?? { kind: 'default', detail: 'no source' }
  const detail = `${source.detail}; its urgent ladder, as ${describe(command.actor)} said`
  return accept(command, { type: 'hurried', policy, policySource: { ...source, detail, urgent: [] } })
}

/** The rungs that were taken, the present one with the shorter bake, and the urgent ones above it. */
function hurried({ policy, stageIndex }: LiveRollout, urgent: ProfileLadder): Policy {
  const { urgent: _, byChange: __, change: ___, ...usual } = policy
  const taken = policy.stages.slice(0, stageIndex + 1)
  const present = taken.at(-1)?.basisPoints ?? 0
  const like = urgent.stages.findLast(({ basisPoints }) => basisPoints <= present)
  const stages: readonly Stage[] = [
    ...taken.map((stage, index) =>
      index === stageIndex && like !== undefined ? quicker(stage, like) : stage,
    ),
    ...withGroupsOf(policy.stages.slice(stageIndex + 1), urgent.stages, present),
  ]
  return { ...usual, profile: urgent.profile, stages }
}

/** Urgent rungs above a share. Who sees it at a share on the usual ladder does so on this one: some may have seen it there. */
function withGroupsOf(usual: readonly Stage[], urgent: readonly Stage[], above: number): readonly Stage[] {
  const left = [...usual]
  return urgent
    .filter(({ basisPoints }) => basisPoints > above)
    .map((stage) => {
      const upTo = left.filter(({ basisPoints }) => basisPoints <= stage.basisPoints)
      left.splice(0, upTo.length)
      return { ...stage, groups: [...new Set([...stage.groups, ...upTo.flatMap(({ groups }) => groups)])] }
    })
}

/** What is hurried waits for no window. */
function quicker(stage: Stage, like: Stage): Stage {
  const { window: _, ...gates } = stage.gates
  return withBakeOf({ ...stage, gates }, like)
}
