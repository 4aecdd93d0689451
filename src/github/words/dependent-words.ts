import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { PullRequestRef } from '../../rollout/history/event.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { canaryNotes } from './canary-sections.ts'
import { code, link, oneLine, prose } from './escape-text.ts'
import { whatNext } from './issue-sections.ts'
import { sayTime } from './say-time.ts'
import { isLive, sayPhase, sayReleases, sayShare, titleReleases } from './words.ts'

function baselineOf(explanation: Explanation, release: ReleaseId): ReleaseId | null {
  return explanation.releases.find(({ candidate }) => candidate === release)?.baseline ?? null
}

/** What a dependent's open update pull request should do now. */
function adviceOnMerging(explanation: Explanation, release: ReleaseId): string {
  const safe = baselineOf(explanation, release)
  const stay = safe === null ? 'an earlier release' : code(safe, 200)
  switch (explanation.phase) {
    case 'staged':
    case 'rolling':
      return 'What to do: wait until the rollout is completed, or merge it knowingly. A pin or lockfile does not wait for the rollout: whoever merges this has the release at once.'
    case 'held':
    case 'paused':
      return 'What to do: wait. Something about the release is not clear yet; merging this gives it to you at once.'
    case 'completed':
      return 'What to do: nothing stands against merging it.'
    case 'rolled-back':
      return `What to do: do not merge it, stay with ${stay}. The next fixed version has a rollout of its own.`
    case 'superseded':
    case 'abandoned':
      return `What to do: do not merge it, stay with ${stay} until a release that everybody has.`
  }
}

/** The one comment on a dependent's pull request that bumps to a candidate; edited as the rollout moves. */
export function updatePullRequestText(
  explanation: Explanation,
  release: ReleaseId,
  page: string,
  now: number,
): string {
  const { phase } = explanation
  const share = isLive(phase) ? `, visible to ${sayShare(explanation)}` : ''
  return [
    `This pull request bumps to ${code(release, 200)}, which is ${sayPhase(explanation)}${share}. ${prose(explanation.sentence, 600)}`,
    adviceOnMerging(explanation, release),
    ...(isLive(phase) ? [`Next: ${whatNext(explanation, now)}`] : []),
    `More on the ${link("rollout's page", page)}. Written ${sayTime(now)}.`,
  ].join('\n\n')
}

/** Why a dependent is told that a release was taken back. */
export interface HadItOn {
  readonly canary: boolean
  readonly pullRequests: readonly PullRequestRef[]
  readonly shown: boolean
}

function because({ canary, pullRequests, shown }: HadItOn): string {
  const numbers = pullRequests.map(({ number }) => `#${number}`).join(', ')
  const reasons = [
    ...(canary ? ['its tests ran with it'] : []),
    ...(pullRequests.length > 0 ? [`it merged the update to it (${numbers})`] : []),
    ...(shown ? ['its own runs met it through the index'] : []),
  ]
  return `This repository had it on: ${reasons.join(', ')}.`
}

/** Title of the notice: which release was taken back. */
export function noticeTitle(explanation: Explanation): string {
  const more = explanation.releases.length > 1 ? 'were' : 'was'
  return `${titleReleases(explanation)} ${more} taken back`
}

/** How to go back, one line a member of the rollout. */
function goBack({ releases }: Explanation): readonly string[] {
  return releases.slice(0, 20).flatMap(({ candidate, baseline }) => {
    if (baseline === null) return []
    const id = packageIdOf(baseline)
    const version = baseline.slice(id.length + 1)
    const name = id.slice(id.indexOf(':') + 1)
    const command = id.startsWith('npm:')
      ? `npm install ${name}@${version}`
      : `pip install ${name}==${version}`
    return [
      `- The safe version instead of ${code(candidate, 200)} is ${code(baseline, 200)}: ${code(command, 250)}`,
    ]
  })
}

/**
 * The notice in a dependent that had a release on which was taken back: what regressed, with the failing lines that
 * this reader may see, and the safe version. `explanation` is the one for this reader.
 */
export function noticeText(explanation: Explanation, had: HadItOn, page: string, now: number): string {
  const reason = explanation.history.findLast(({ type }) => type === 'rolled-back')?.reason ?? ''
  const notes = canaryNotes(explanation)
  const blocked = explanation.blocked.length > 0
  return [
    `**${sayReleases(explanation)}: taken back at ${sayTime(explanation.history.at(-1)?.at ?? now)}.** ${because(had)}`,
    `Why: ${prose(reason === '' ? explanation.sentence : reason, 600)}`,
    ...(notes === '' ? [] : [notes]),
    [
      '### What to do',
      '',
      ...goBack(explanation),
      '- Unpinned installs through the index get the safe version again by themselves; a lockfile that names the other one keeps it until it is changed.',
      blocked
        ? '- It is blocked: exact pins of it are refused.'
        : '- Exact pins of it still resolve, so nothing breaks before you act.',
    ].join('\n'),
    `Close this issue when you are done; it is not written again. More on the ${link("rollout's page", page)}. To get no such issues, put ${code('notices: false')} into ${code('.github/slipway.yml')}.`,
  ].join('\n\n')
}

/** One entry of a package's feed: what happened to which release, and why. */
export function feedWords(release: ReleaseId, baseline: ReleaseId | null, type: FeedKind, reason: string) {
  const stay = baseline === null ? '' : ` The release before it is ${oneLine(baseline, 200)}.`
  const why = reason.trim() === '' ? '' : ` Why: ${oneLine(reason, 600)}`
  return {
    title: `${oneLine(release, 200)} ${feedTitles[type]}`,
    summary: `${feedSentences[type]}${stay}${why}`,
  }
}

/** What is told in a feed. */
export type FeedKind = 'started' | 'completed' | 'rolled-back' | 'superseded' | 'abandoned' | 'blocked'

const feedTitles: Readonly<Record<FeedKind, string>> = {
  started: 'is rolling out',
  completed: 'is completed',
  'rolled-back': 'was taken back',
  superseded: 'was superseded',
  abandoned: 'was abandoned',
  blocked: 'is blocked',
}

const feedSentences: Readonly<Record<FeedKind, string>> = {
  started: 'The rollout began; a growing share of unpinned installs gets it.',
  completed: 'Every unpinned install gets it.',
  'rolled-back': 'Unpinned installs get the release before it again. Exact pins still install this one.',
  superseded: 'A newer release took its place; unpinned installs no longer get this one.',
  abandoned: 'Its rollout was abandoned; unpinned installs do not get it.',
  blocked: 'It is refused everywhere, exact pins included.',
}
