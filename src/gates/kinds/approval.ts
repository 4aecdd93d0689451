import type { GateFacts } from '../evidence.ts'
import { formatTime } from '../format-time.ts'
import { permits } from '../permission.ts'
import type { ApprovalRule } from '../policy.ts'
import type { Verdict } from '../verdict.ts'

/** Holds until somebody with the permission approved this stage. */
export function approvalGate(rule: ApprovalRule, facts: GateFacts): Verdict {
  const approval = facts.approvals.find(
    // A stage that was lowered to and entered again asks again.
    ({ stageIndex, at, permission }) =>
      stageIndex === facts.stageIndex && at >= facts.stageEnteredAt && permits(permission, rule.by),
  )
  if (approval === undefined) {
    const sentence = `Waiting for the approval of somebody with ${rule.by} permission, since ${formatTime(facts.stageEnteredAt)}.`
    return { gate: 'approval', answer: 'hold', sentence, until: null, subjects: [] }
  }
  const sentence = `Approved by ${approval.by} at ${formatTime(approval.at)}.`
  return { gate: 'approval', answer: 'pass', sentence, until: null, subjects: [approval.by] }
}
