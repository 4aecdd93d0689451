import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { BlockerFact } from '../../gates/evidence.ts'
import { carriesAny } from '../../gates/kinds/blockers.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type BotParts, noteRefusal } from '../bot-parts.ts'

/** The part of every `issues` delivery that says whether the issue blocks. */
export interface IssueChange {
  readonly action: string
  readonly issue: {
    readonly number: number
    readonly title: string
    readonly state?: string | undefined
    readonly updated_at: string
    readonly labels?: readonly unknown[] | undefined
  }
  readonly repository: { readonly id: number; readonly full_name: string }
}

function labelName(label: unknown): string[] {
  const named = typeof label === 'object' && label !== null && 'name' in label
  return named && typeof label.name === 'string' ? [label.name] : []
}

/** The issue as a blocker fact; deleted and transferred issues are closed for this repository. */
function toBlocker(change: IssueChange): BlockerFact {
  const { action, issue, repository } = change
  const gone = action === 'deleted' || action === 'transferred'
  return {
    issue: `${repository.full_name}#${issue.number}`,
    key: `${repository.id}#${issue.number}`,
    title: issue.title,
    labels: (issue.labels ?? []).flatMap(labelName),
    open: !gone && issue.state !== 'closed',
    // Ties go to the open one; a deletion must win over the edit of the same second.
    observedAt: Date.parse(issue.updated_at) + (gone ? 1 : 0),
  }
}

/** Whether an issue matters to a rollout: its policy names one of the labels, or it was recorded before. */
function matters(state: RolloutState, blocker: BlockerFact): boolean {
  if (state.end !== null) return false
  if (state.blockers[blocker.key ?? ''] !== undefined || state.blockers[blocker.issue] !== undefined)
    return true
  const watched = state.policy?.stages.flatMap((stage) => stage.gates.blockers?.labels ?? []) ?? []
  return carriesAny(blocker.labels, watched)
}

/** An issue of the owner's repository changed: live rollouts of its packages learn what it says now. */
export async function onIssuesChanged(
  parts: BotParts<RolloutReader & RolloutCommander>,
  change: IssueChange,
): Promise<void> {
  const blocker = toBlocker(change)
  const owned = await parts.access.packagesOwnedBy(String(change.repository.id))
  const states = owned.flatMap((owner) => parts.engine.rolloutsOf(owner.package))
  const live = new Map(states.filter((state) => matters(state, blocker)).map((state) => [state.id, state]))
  const who = { actor: { kind: 'system' }, reason: '' } as const
  for (const id of live.keys()) {
    const signal = { kind: 'blocker', blocker } as const
    const outcome = await parts.engine.run(id, { type: 'recordSignal', signal }, who)
    if (!outcome.ok) noteRefusal(parts, outcome.refusal, 'blocker not recorded', { rollout: id })
  }
}
