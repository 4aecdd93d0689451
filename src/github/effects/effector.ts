import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Effector } from '../../ports/effector.ts'
import type { Forge } from '../../ports/forge.ts'
import { applyReadChecks } from '../calls/read-checks.ts'
import { tellFileProblems } from '../words/file-problems.ts'
import { applyFindShownTo, applyFindUpdatePullRequests, applyNotice } from './dependent-effects.ts'
import { applyDispatch, impossible } from './dispatch-effect.ts'
import { applyFindBlockers } from './find-blockers.ts'
import { applyFindOrigin } from './find-origin.ts'
import { applyFindPullRequests } from './find-pull-requests.ts'
import {
  applyPullRequestComment,
  applyReminder,
  applyTrackingIssue,
  applyTransitionComment,
} from './issue-effects.ts'
import { applyReadAdvisories } from './read-advisories.ts'
import { applyReadRelease } from './read-release.ts'
import { applyCheckRun, applyDeployment } from './release-effects.ts'

export interface GithubEffectorOptions {
  readonly forge: Forge
  /** What is known against packages; absent: only what is read counts. */
  readonly advisories?: AdvisoryStore
  /** Where clients and canaries reach this server, without a slash at the end. */
  readonly publicUrl: string
  /** False where no server listens there: canaries then install from the registries and leave an artifact. */
  readonly servesCanaries?: boolean
}

/**
 * Makes effects true on GitHub. Applying the same effect twice leaves one issue, one comment: hidden markers
 * are searched before anything is posted. What failed for good says so, what time can heal says when.
 */
export function createGithubEffector(options: GithubEffectorOptions): Effector {
  const { forge } = options
  const publicUrl = options.publicUrl.replace(/\/+$/, '')
  return {
    tellFile: (report) => tellFileProblems(forge, report),
    async apply(effect, context) {
      switch (effect.kind) {
        case 'dispatch':
          return applyDispatch(forge, options.servesCanaries === false ? null : publicUrl, effect, context)
        case 'tracking-issue':
          return applyTrackingIssue(forge, publicUrl, effect, context)
        case 'transition-comment':
          return applyTransitionComment(forge, effect, context)
        case 'reminder':
          return applyReminder(forge, effect, context)
        case 'pull-request-comment':
          return applyPullRequestComment(forge, publicUrl, effect, context)
        case 'find-blockers':
          return applyFindBlockers(forge, effect, context)
        case 'find-origin':
          return applyFindOrigin(forge, context)
        case 'read-checks':
          return applyReadChecks(forge, effect, context)
        case 'read-advisories':
          return applyReadAdvisories(forge, options.advisories ?? null, effect, context)
        case 'read-release':
          return applyReadRelease(forge, effect, context)
        case 'ask-http':
          return impossible('GitHub does not ask other servers')
        case 'compare-contents':
          return impossible('GitHub compares no files')
        case 'find-pull-requests':
          return applyFindPullRequests(forge, context)
        case 'find-update-pull-requests':
          return applyFindUpdatePullRequests(forge, context)
        case 'find-shown-to':
          return applyFindShownTo(forge, context)
        case 'check-run':
          return applyCheckRun(forge, publicUrl, effect, context)
        case 'deployment':
          return applyDeployment(forge, publicUrl, effect, context)
        case 'notice':
          return applyNotice(forge, publicUrl, effect, context)
      }
    },
  }
}
