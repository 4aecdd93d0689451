import type { ApplicationFunction, Probot } from 'probot'
import type { AskedByBot, BotParts } from './bot-parts.ts'
import { onAdvisoryPublished } from './handlers/advisory-published.ts'
import { onChecksChanged } from './handlers/checks-changed.ts'
import { onDeploymentAsked } from './handlers/deployment-asked.ts'
import { onCommentTouched, onIssueGone, onIssueTouched } from './handlers/drift.ts'
import { onForgeRelease, onTagPushed } from './handlers/forge-release-changed.ts'
import {
  onInstallationBack,
  onInstallationLost,
  onInstallationRepositories,
} from './handlers/installation-changed.ts'
import { onIssueCommentCreated } from './handlers/issue-comment-created.ts'
import { onIssuesChanged } from './handlers/issues-changed.ts'
import { onReleaseEdited } from './handlers/meant-in-release.ts'
import { onMisplacedCommand } from './handlers/misplaced-command.ts'
import { onPullRequestChanged } from './handlers/pull-request-changed.ts'
import { onPush } from './handlers/push.ts'
import { onReleasePublished } from './handlers/release-published.ts'
import { onRepositoryChanged, onRepositoryMoved } from './handlers/repository-changed.ts'
import { onWorkflowRunCompleted } from './handlers/workflow-run-completed.ts'

/** The Probot app: which webhook goes to which handler. */
export function botApp(parts: BotParts<AskedByBot>): ApplicationFunction {
  return (app) => {
    app.on('release.published', async (context) => {
      await onForgeRelease(parts, context.payload, 'there')
      await onReleasePublished(parts, context)
    })
    app.on('release.edited', ({ payload }) => onReleaseEdited(parts, payload))
    app.on(['release.deleted', 'release.unpublished'], ({ payload }) =>
      onForgeRelease(parts, payload, 'deleted'),
    )
    app.on('workflow_run.completed', (context) => onWorkflowRunCompleted(parts, context))
    onChecks(app, parts)
    app.on('repository_advisory.published', ({ payload }) => onAdvisoryPublished(parts, payload))
    app.on('push', async ({ payload }) => {
      await onPush(parts, payload)
      await onTagPushed(parts, payload)
    })
    app.on(['repository.renamed', 'repository.transferred'], ({ payload }) =>
      onRepositoryMoved(parts, payload),
    )
    app.on(
      [
        'repository.privatized',
        'repository.publicized',
        'repository.archived',
        'repository.unarchived',
        'repository.edited',
        'repository.deleted',
      ],
      (context) => onRepositoryChanged(parts, context.payload),
    )
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
    app.on('deployment_protection_rule.requested', ({ payload }) => onDeploymentAsked(parts, payload))
    onIssues(app, parts)
  }
}

function onChecks(app: Probot, parts: BotParts<AskedByBot>): void {
  app.on(['check_run.created', 'check_run.completed', 'check_run.rerequested'], ({ payload }) =>
    onChecksChanged(parts, {
      repositoryId: payload.repository.id,
      commit: payload.check_run.head_sha,
      name: payload.check_run.name,
    }),
  )
  app.on('check_suite.completed', ({ payload }) =>
    onChecksChanged(parts, {
      repositoryId: payload.repository.id,
      commit: payload.check_suite.head_sha,
      name: null,
    }),
  )
  app.on('status', ({ payload }) =>
    onChecksChanged(parts, {
      repositoryId: payload.repository.id,
      commit: payload.sha,
      name: payload.context,
    }),
  )
}

/** Issues, comments and what looks like a command elsewhere. */
function onIssues(app: Probot, parts: BotParts<AskedByBot>): void {
  app.on(
    ['issues.edited', 'issues.closed', 'issues.reopened', 'issues.labeled', 'issues.unlabeled'],
    (context) => onIssueTouched(parts, context.payload),
  )
  app.on(['issues.deleted', 'issues.transferred'], (context) => onIssueGone(parts, context.payload))
  app.on(['issue_comment.edited', 'issue_comment.deleted'], (context) =>
    onCommentTouched(parts, context.payload),
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
  app.on(['issues.opened', 'pull_request.opened'], ({ payload }) =>
    onMisplacedCommand(parts, payload, 'issue' in payload ? payload.issue : payload.pull_request),
  )
  app.on('pull_request_review.submitted', ({ payload }) =>
    onMisplacedCommand(parts, payload, payload.review, payload.pull_request.number),
  )
  app.on('pull_request_review_comment.created', ({ payload }) =>
    onMisplacedCommand(parts, payload, payload.comment, payload.pull_request.number),
  )
}
