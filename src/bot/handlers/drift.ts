import type { TimeKeeper } from '../../engine/roles/time-keeper.ts'
import type { BotParts } from '../bot-parts.ts'

interface Sender {
  readonly type?: string | undefined
}

/** The part of an `issues` delivery that says which issue somebody changed. */
export interface TouchedIssue {
  readonly issue: { readonly number: number }
  readonly repository: { readonly id: number }
  readonly sender?: Sender | undefined
}

/** The part of an `issue_comment` delivery that says which comment somebody changed. */
export interface TouchedComment {
  readonly comment: { readonly id: number }
  readonly repository: { readonly id: number }
  readonly sender?: Sender | undefined
}

/** Somebody edited, closed, relabelled or deleted an issue: if it is one of ours, it is made true again. */
export async function onIssueTouched(
  parts: BotParts<Pick<TimeKeeper, 'drifted'>>,
  change: TouchedIssue,
): Promise<void> {
  if (change.sender?.type === 'Bot') return
  const repositoryId = String(change.repository.id)
  await parts.engine.drifted({ repositoryId, issue: change.issue.number })
}

/** An issue that is gone took its comments with it. */
export async function onIssueGone(
  parts: BotParts<Pick<TimeKeeper, 'drifted'>>,
  change: TouchedIssue,
): Promise<void> {
  await onIssueTouched(parts, change)
  const repositoryId = String(change.repository.id)
  await parts.engine.drifted({ repositoryId, on: change.issue.number })
}

/** Somebody edited or deleted a comment: if it is one of ours, it is put right or posted again. */
export async function onCommentTouched(
  parts: BotParts<Pick<TimeKeeper, 'drifted'>>,
  change: TouchedComment,
): Promise<void> {
  if (change.sender?.type === 'Bot') return
  const repositoryId = String(change.repository.id)
  await parts.engine.drifted({ repositoryId, comment: change.comment.id })
}
