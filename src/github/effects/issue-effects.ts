import type { AppliedEffect } from '../../ports/effect-log.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, IssueKeeper, Repository, RepositoryReader } from '../../ports/forge.ts'
import { updatePullRequestText } from '../words/dependent-words.ts'
import { marker } from '../words/escape-text.ts'
import { issueMarker, replaceBlock, wrapBlock } from '../words/issue-block.ts'
import {
  issueLabels,
  issueLeast,
  issueState,
  issueText,
  issueTitle,
  pullRequestText,
  reminderText,
  transitionText,
} from '../words/messages.ts'
import type { Links } from '../words/words.ts'
import { type EffectOf, failed, findRepository, impossible } from './dispatch-effect.ts'

/** GitHub takes bodies of at most 65,536 characters. */
const longestBody = 65_000
const mostBody = 65_536
const shortestBlock = 2000

interface Issue {
  readonly number: number
  readonly url: string
}

/** The tracking issue among the effects applied for a rollout, by its place. */
function trackingIssueOf(context: EffectContext, rollout: string): Issue | null {
  const prefix = `${rollout}/tracking-issue/`
  const all = context.applied === null ? context.siblings : [context.applied, ...context.siblings]
  const found = all.find((applied) => applied.key.startsWith(prefix))
  return found === undefined ? null : issueAt(found)
}

function issueAt(applied: AppliedEffect): Issue | null {
  const { issue, url } = applied.place
  return typeof issue === 'number' && typeof url === 'string' ? { number: issue, url } : null
}

function linksOf(context: EffectContext, publicUrl: string, rollout: string): Links {
  return {
    page: `${publicUrl}/rollouts/${rollout}`,
    trackingIssue: trackingIssueOf(context, rollout)?.url ?? null,
  }
}

async function ownRepository(
  forge: RepositoryReader & IssueKeeper,
  context: EffectContext,
): Promise<Forged<Repository>> {
  const { origin } = context.state
  if (origin !== null) return findRepository(forge, origin.repositoryId, origin.repository)
  const message = 'the rollout has no repository of its own: its package has no owner'
  return { ok: false, failure: { kind: 'invalid', message, retryAt: null } }
}

interface Content {
  readonly title: string
  /** Slipway's part, in at most so many characters. */
  readonly text: (most?: number) => string
  /** The same where there is room for next to nothing. */
  readonly least: string
  readonly labels: readonly string[]
}

/** The new body; where people wrote much around the block, the block gives way. */
function fitBody(body: string, rollout: string, content: Content): string {
  const full = replaceBlock(body, rollout, content.text())
  if (full.length <= longestBody) return full
  const around = full.length - content.text().length
  const room = longestBody - around
  if (room >= shortestBlock) {
    const shorter = replaceBlock(body, rollout, content.text(room))
    if (shorter.length <= longestBody) return shorter
  }
  const least = replaceBlock(body, rollout, content.least)
  // What people wrote stays as it is; the page and the comments tell what finds no room here.
  return least.length <= mostBody ? least : body
}

/** Edits the issue that is known, or says that it is gone (null). */
async function editIssue(
  forge: RepositoryReader & IssueKeeper,
  repository: Repository,
  issue: Issue,
  rollout: string,
  content: Content,
  state: 'open' | 'closed' | null,
): Promise<Forged<Issue | null>> {
  const before = await forge.issue(repository, issue.number)
  if (!before.ok) return before.failure.kind === 'gone' ? { ok: true, value: null } : before
  const updated = await forge.updateIssue(repository, issue.number, {
    title: content.title,
    body: fitBody(before.value.body, rollout, content),
    labels: content.labels,
    ...(state === null ? {} : { state }),
  })
  if (!updated.ok) return updated.failure.kind === 'gone' ? { ok: true, value: null } : updated
  return { ok: true, value: issue }
}

/** Creates the rollout's tracking issue once and keeps Slipway's part of it true to the explanation. */
export async function applyTrackingIssue(
  forge: RepositoryReader & IssueKeeper,
  publicUrl: string,
  effect: EffectOf<'tracking-issue'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const found = await ownRepository(forge, context)
  if (!found.ok) return failed(found.failure)
  const repository = found.value
  const { explanation, now } = context
  const links = linksOf(context, publicUrl, effect.rollout)
  const content = {
    title: issueTitle(explanation),
    text: (most?: number) => issueText(explanation, links, now, most),
    least: issueLeast(explanation, links),
    labels: issueLabels(explanation),
  }
  const state = issueState(explanation)
  const placed = (issue: Issue): EffectOutcome => ({
    ok: true,
    place: {
      repositoryId: repository.id,
      repository: repository.fullName,
      issue: issue.number,
      url: issue.url,
      state,
    },
    signals: [],
  })

  const known = context.applied === null ? null : issueAt(context.applied)
  if (known !== null) {
    // Once it was opened or closed as the rollout wants it, people decide: they may have their reasons.
    const wanted = context.applied?.place.state === state ? null : state
    const edited = await editIssue(forge, repository, known, effect.rollout, content, wanted)
    if (!edited.ok) return failed(edited.failure)
    if (edited.value !== null) return placed(edited.value)
  }
  const created = await forge.createIssue(repository, {
    title: content.title,
    body: wrapBlock(effect.rollout, content.text()),
    labels: content.labels,
    marker: issueMarker(effect.rollout),
  })
  if (!created.ok) return failed(created.failure)
  // One that was posted by an attempt without an answer says what was so then, and new ones are always open.
  if (created.value.found === true || state === 'closed') {
    const edited = await editIssue(forge, repository, created.value, effect.rollout, content, state)
    if (!edited.ok) return failed(edited.failure)
  }
  return placed(created.value)
}

/** Says one transition once, on the tracking issue. */
export async function applyTransitionComment(
  forge: RepositoryReader & IssueKeeper,
  effect: EffectOf<'transition-comment'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const text = transitionText(context.explanation, effect.version, context.now)
  if (text === null) return impossible(`the rollout has no transition at event ${effect.version}`)
  return sayOnIssue(forge, effect, context, text)
}

/** Says once that a rollout still stands still, on the tracking issue. */
export function applyReminder(
  forge: RepositoryReader & IssueKeeper,
  effect: EffectOf<'reminder'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  return sayOnIssue(forge, effect, context, reminderText(context.explanation, effect.days, context.now))
}

async function sayOnIssue(
  forge: RepositoryReader & IssueKeeper,
  effect: EffectOf<'transition-comment' | 'reminder'>,
  context: EffectContext,
  text: string,
): Promise<EffectOutcome> {
  const issue = trackingIssueOf(context, effect.rollout)
  if (issue === null) {
    const message = 'the tracking issue is not there yet'
    const failure = { kind: 'broken', message, retryAt: null } as const
    return { ok: false, failure, final: false, signals: [] }
  }
  const repository = await ownRepository(forge, context)
  if (!repository.ok) return failed(repository.failure)
  const hidden = marker('comment', effect.key)
  const comment = await forge.upsertComment(repository.value, issue.number, {
    body: `${text}\n\n${hidden}`,
    marker: hidden,
  })
  if (!comment.ok) return failed(comment.failure)
  return {
    ok: true,
    place: { repositoryId: repository.value.id, comment: comment.value.id, on: issue.number },
    signals: [],
  }
}

/** Keeps the one comment on a pull request that the release contains, or that bumps to it. */
export async function applyPullRequestComment(
  forge: RepositoryReader & IssueKeeper,
  publicUrl: string,
  effect: EffectOf<'pull-request-comment'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const { repositoryId, repository: name, number } = effect.pullRequest
  const repository = await findRepository(forge, repositoryId, name)
  if (!repository.ok) return failed(repository.failure)
  const hidden = marker('comment', effect.key)
  const links = linksOf(context, publicUrl, effect.rollout)
  const { bump } = effect.pullRequest
  const text =
    bump === undefined
      ? pullRequestText(context.explanation, links, context.now)
      : updatePullRequestText(context.explanation, bump.release, links.page, context.now)
  const known = context.applied?.place.comment
  const comment = await forge.upsertComment(repository.value, number, {
    body: `${text}\n\n${hidden}`,
    marker: hidden,
    knownId: typeof known === 'number' ? known : null,
  })
  if (!comment.ok) return failed(comment.failure)
  return {
    ok: true,
    place: { repositoryId: repository.value.id, issue: number, comment: comment.value.id },
    signals: [],
  }
}
