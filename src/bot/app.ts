import type { ApplicationFunction } from 'probot'
import type { BotParts } from './bot-parts.ts'
import {
  onInstallationBack,
  onInstallationLost,
  onInstallationRepositories,
} from './handlers/installation-changed.ts'
import { onIssueCommentCreated } from './handlers/issue-comment-created.ts'
import { onIssuesChanged } from './handlers/issues-changed.ts'
import { onPullRequestChanged } from './handlers/pull-request-changed.ts'
import { onPush } from './handlers/push.ts'
import { onReleasePublished } from './handlers/release-published.ts'
import { onWorkflowRunCompleted } from './handlers/workflow-run-completed.ts'

/** The Probot app: which webhook goes to which handler. */
export function botApp(parts: BotParts): ApplicationFunction {
  return (app) => {
    app.on('release.published', (context) => onReleasePublished(parts, context))
    app.on('workflow_run.completed', (context) => onWorkflowRunCompleted(parts, context))
    app.on('push', (context) => onPush(parts, context.payload))
    app.on(
      ['installation.created', 'installation.unsuspend', 'installation.new_permissions_accepted'],
      (context) => onInstallationBack(parts, context.payload),
    )
    app.on(['installation.deleted', 'installation.suspend'], (context) =>
      onInstallationLost(parts, context.payload),
    )
    app.on(['installation_repositories.added', 'installation_repositories.removed'], (context) =>
      onInstallationRepositories(parts, context.payload),
    )
    app.on(
      ['pull_request.opened', 'pull_request.reopened', 'pull_request.synchronize', 'pull_request.closed'],
      (context) => onPullRequestChanged(parts, context),
    )
    app.on('issue_comment.created', (context) => onIssueCommentCreated(parts, context))
    app.on(
      [
        'issues.opened',
        'issues.closed',
        'issues.reopened',
        'issues.labeled',
        'issues.unlabeled',
        'issues.deleted',
        'issues.transferred',
      ],
      (context) => onIssuesChanged(parts, context.payload),
    )
  }
}
