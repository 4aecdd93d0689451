import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { Transition } from '../../rollout/history/state.ts'
import { canaryNotes, canarySection, searchNotes } from './canary-sections.ts'
import { conditionNotes } from './condition-notes.ts'
import { code, link, prose } from './escape-text.ts'
import {
  gateList,
  history,
  ladder,
  otherList,
  releaseLines,
  whatNext,
  whatYouCanDo,
} from './issue-sections.ts'
import { sayTime } from './say-time.ts'
import {
  isLive,
  type Links,
  sayActor,
  sayChange,
  sayPhase,
  sayReleases,
  sayShare,
  titleReleases,
} from './words.ts'

/** GitHub refuses longer bodies (65,536); the difference is left to what people write around the block. */
export const longestBlock = 60_000

/** Title of the tracking issue: `Release npm:demo@1.1.0 — rolling out`. */
export function issueTitle(explanation: Explanation): string {
  return `Release ${titleReleases(explanation)} — ${sayPhase(explanation)}`
}

/** Labels of the tracking issue: output only, never read back. */
export function issueLabels(explanation: Explanation): readonly string[] {
  return ['slipway', `slipway:${explanation.phase}`]
}

/** Ends that need nobody any more close the issue; a rollback stays open for the people who fix it. */
export function issueState(explanation: Explanation): 'open' | 'closed' {
  return isLive(explanation.phase) || explanation.phase === 'rolled-back' ? 'open' : 'closed'
}

/** Who is told by the issue being opened; the names are those that the owner's file has, as GitHub writes them. */
function streamPeople({ stream }: Explanation): readonly string[] {
  if (stream === undefined || stream.people.length === 0) return []
  const names = stream.people.map((name) => `@${name}`).join(' ')
  return [`For the people of the stream ${code(stream.name)}: ${names}`]
}

/** What canaries that need eyes say, what keeps others from saying anything, and what searches found. */
function allNotes(explanation: Explanation): string {
  const notes = [canaryNotes(explanation), conditionNotes(explanation), searchNotes(explanation)]
  return notes.filter((part) => part !== '').join('\n\n')
}

function compose(explanation: Explanation, links: Links, now: number, tableSize: number, notes: boolean) {
  const heading = `**${sayReleases(explanation)}: ${sayPhase(explanation)}, visible to ${sayShare(explanation)}.**`
  const said = notes ? allNotes(explanation) : ''
  const parts = [
    `${heading} ${prose(explanation.sentence, 600)}`,
    ...streamPeople(explanation),
    ladder(explanation),
    `### What happens next\n\n${whatNext(explanation, now)}`,
    ...(otherList(explanation) === '' ? [] : [`### Other live releases\n\n${otherList(explanation)}`]),
    ...(explanation.gates.length === 0 ? [] : [`### Gates\n\n${gateList(explanation, now)}`]),
    `### Canaries\n\n${canarySection(explanation, links.page, tableSize)}${said === '' ? '' : `\n\n${said}`}`,
    `### How to stop it or skip ahead\n\n${whatYouCanDo(explanation)}`,
    `### Releases\n\n${releaseLines(explanation)}`,
    history(explanation),
    `${link(`Rollout ${explanation.rollout}`, links.page)}. Written ${sayTime(now)}; times in brackets count from then. Slipway rewrites this part; what you write outside of it stays.`,
  ]
  return parts.join('\n\n')
}

/** The block where people have written so much that there is room for one line. */
export function issueLeast(explanation: Explanation, links: Links): string {
  return `**${sayPhase(explanation)}, ${sayShare(explanation)}**; there is no room for more here: ${links.page}`
}

/**
 * Slipway's part of the tracking issue (without its markers): where the rollout is and why, what the canaries
 * and gates say, what comes next, what people can do. At most `most` characters: the canary table
 * and then the logs are cut first.
 */
export function issueText(explanation: Explanation, links: Links, now: number, most = longestBlock): string {
  for (const tableSize of [30_000, 12_000, 3000]) {
    const text = compose(explanation, links, now, tableSize, true)
    if (text.length <= most) return text
  }
  return compose(explanation, links, now, 1000, false).slice(0, most)
}

/** What a reader of one transition can do about it. */
function advice(transition: Transition): string {
  switch (transition.type) {
    case 'held':
      return 'What to do: look at the gates and canaries in the issue above. New evidence clears the hold by itself; a maintainer can go on with `/slipway advance <reason>` or take it back with `/slipway rollback <reason>`.'
    case 'rolled-back':
      return 'What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one.'
    case 'paused':
      return 'What to do: `/slipway resume` goes on. Who gets it keeps getting it: `/slipway stop <reason>` takes it from them, `/slipway rollback <reason>` for good.'
    case 'lowered':
      return 'What to do: find out what is wrong. `/slipway resume` goes on from here by the gates, and the same users get it again; `/slipway advance <percent> <reason>` goes back up at once (maintain permission); `/slipway rollback <reason>` takes it back for good.'
    case 'completed':
      return 'What to do: nothing. If it breaks something after all, `/slipway rollback <reason>` takes it back.'
    case 'superseded':
    case 'abandoned':
      return 'What to do: nothing for this release; the next one has a rollout of its own.'
    case 'blocked':
      return 'What to do: publish a fixed version. `/slipway unblock <reason>` lets exact pins have this one again.'
    case 'bisect-started':
      return 'What to do: nothing. Users are not concerned; the answer comes as a comment here.'
    case 'bisect-ended':
      return 'What to do: look at what changed in what is named, fix it, and publish a new version. `/slipway retry <canary> --bisect` searches again.'
    default:
      return 'What to do: nothing, unless you know better: `/slipway stop <reason>` takes it from everybody until somebody resumes, `/slipway pause <reason>` stops raising, `/slipway rollback <reason>` takes it back.'
  }
}

/** The comment for one transition: what changed, why, what comes next, what to do. Null when there is no such transition. */
export function transitionText(explanation: Explanation, version: number, now: number): string | null {
  const transition = explanation.history.find((entry) => entry.version === version)
  if (transition === undefined) return null
  const by = transition.actor.kind === 'system' ? '' : ` by ${sayActor(transition.actor)}`
  const why = transition.reason.trim() === '' ? '' : `\n\nWhy: ${prose(transition.reason, 600)}`
  const newest = explanation.history.at(-1)?.version === version
  // An old transition that is told late must not pass today's next step off as its own.
  const next = newest && isLive(explanation.phase) ? `\n\nNext: ${whatNext(explanation, now)}` : ''
  const notes = newest && ['held', 'rolled-back'].includes(transition.type) ? canaryNotes(explanation) : ''
  const evidence = notes === '' ? '' : `\n\n${notes}`
  return `**${sayChange(transition, explanation)}${by}.**${why}${evidence}${next}\n\n${advice(transition)}`
}

/** The word again for the people of a rollout that stands still: for how long, why, and what would decide it. */
export function reminderText(explanation: Explanation, days: number, now: number): string {
  const weeks = days / 7
  const long =
    weeks >= 1 ? (weeks === 1 ? 'a week' : `${weeks} weeks`) : days === 1 ? 'a day' : `${days} days`
  return [
    `**${sayReleases(explanation)} has stood still for ${long}: ${sayPhase(explanation)}.** ${prose(explanation.sentence, 600)}`,
    `What would decide it: ${whatNext(explanation, now)}`,
    whatYouCanDo(explanation),
    weeks >= 1
      ? 'This is said once a week, until something happens.'
      : 'This is said again after three days, and then once a week, until somebody answers.',
  ].join('\n\n')
}

function pullRequestLine(explanation: Explanation): string {
  const share = sayShare(explanation)
  switch (explanation.phase) {
    case 'staged':
      return 'It is on the index, and nobody gets it yet without asking for it.'
    case 'rolling':
      return explanation.percents
        ? `${share} get it on an unpinned install.`
        : 'Everybody gets it on an unpinned install.'
    case 'held':
      return `It stays${explanation.percents ? ` at ${share}` : ' where it is'} until the hold is cleared.`
    case 'paused':
      return `A person paused it${explanation.percents ? ` at ${share}` : ''}.`
    case 'completed':
      return 'Everybody gets it on an unpinned install.'
    case 'rolled-back':
      return 'It was taken back: unpinned installs get the release before it again. Exact pins still resolve.'
    case 'superseded':
      return 'A newer release took its place.'
    case 'abandoned':
      return 'Its rollout was abandoned before everybody had it.'
  }
}

/** The one comment on a pull request that is part of the release; edited as the rollout moves. */
export function pullRequestText(explanation: Explanation, links: Links, now: number): string {
  const where =
    links.trackingIssue === null
      ? link('the rollout', links.page)
      : link('the tracking issue', links.trackingIssue)
  const live = isLive(explanation.phase)
  return [
    `This pull request is part of ${sayReleases(explanation)} (${sayPhase(explanation)}). ${pullRequestLine(explanation)}`,
    prose(explanation.sentence, 600),
    ...(live ? [`Next: ${whatNext(explanation, now)}`] : []),
    `More in ${where}. Written ${sayTime(now)}.`,
  ].join('\n\n')
}
