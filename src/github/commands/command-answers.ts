import type { Explanation } from '../../rollout/explaining/explanation.ts'
import { canaryNotes, canarySection, searchNotes } from '../words/canary-sections.ts'
import { code, link, prose } from '../words/escape-text.ts'
import { gateList, ladder, otherList, whatNext } from '../words/issue-sections.ts'
import { type Links, sayPhase, sayReleases, sayShare } from '../words/words.ts'
import { commandTable } from './command-table.ts'
import type { CommentAction } from './comment-command.ts'

/** The answer to `help`, and what follows every command that was not understood. */
export function helpText(): string {
  return [
    'Write one command on a line of its own in a new comment. Where several rollouts could be meant, put the release after the word, for example `/slipway status npm:demo@1.1.0`.',
    Object.values(commandTable)
      .flatMap(({ help }) => (help === '' ? [] : [`- ${help}`]))
      .join('\n'),
    'status, why and help are open to everybody here. The others count in the repository that owns the package and need write permission (maintain to advance past a hold; an approval what its stage asks for). In the repository of an admitted canary, its maintainers may also hold and leave.',
  ].join('\n\n')
}

/** The other live releases, where there are any. */
function others(explanation: Explanation): readonly string[] {
  const list = otherList(explanation)
  return list === '' ? [] : [list]
}

/** The answer to `status`. */
export function statusText(explanation: Explanation, links: Links, now: number): string {
  return [
    `${sayReleases(explanation)}: ${sayPhase(explanation)}, visible to ${sayShare(explanation)}. ${prose(explanation.sentence, 600)}`,
    ladder(explanation),
    ...others(explanation),
    `Next: ${whatNext(explanation, now)}`,
    link(`Rollout ${explanation.rollout}`, links.page),
  ].join('\n\n')
}

/** The answer to `why`. */
export function whyText(explanation: Explanation, links: Links, now: number): string {
  const notes = [canaryNotes(explanation), searchNotes(explanation)]
  return [
    `${sayReleases(explanation)}: ${prose(explanation.sentence, 600)}`,
    ...others(explanation),
    gateList(explanation, now),
    canarySection(explanation, links.page, 20_000),
    ...notes.filter((part) => part !== ''),
    link(`Rollout ${explanation.rollout}`, links.page),
  ].join('\n\n')
}

/** What a command that was carried out answers beside its reaction: who still gets the release. Null where nobody does. */
export function doneText({ word }: CommentAction, explanation: Explanation): string | null {
  const leaves = explanation.percent > 0 && (word === 'pause' || word === 'lower')
  return leaves ? `${sayReleases(explanation)}: ${prose(explanation.sentence, 600)}` : null
}

/** The answer to `restart`: the new rollout, which has an issue of its own. */
export function restartedText(explanation: Explanation, links: Links): string {
  return `${sayReleases(explanation)} begins again: ${link(`rollout ${explanation.rollout}`, links.page)}. ${prose(explanation.sentence, 600)}`
}

/** A dependent left: what that means, and how it comes back. */
export function leftText(offered: number): string {
  const what = offered === 1 ? 'its offer no longer counts' : `its ${offered} offers no longer count`
  return `This repository is asked to test nothing any more: ${what}, and no run is started here. Rollouts that require it hold until their maintainers decide. To come back, change \`.github/slipway.yml\`; to stay away, take the offers out of it, and a schedule of a workflow that asks by itself.`
}

/** The sentence under a refused command; `why` names the field, the value and what is accepted. */
export function refusedText(command: string, why: string): string {
  return `${code(`/slipway ${command}`)} was not carried out. ${prose(why, 800)}`
}

/** A comment whose command nobody knows, or whose words do not fit it. */
export function unreadText(line: string, why: string): string {
  return `${code(line, 200)} was not carried out. ${prose(why, 500)}\n\n${helpText()}`
}

/** The answer to a command in a description or a review. */
export function misplacedText(): string {
  return 'That was not carried out: commands are heard in a new comment on an issue or on the conversation of a pull request, not in a description or a review. `/slipway help` there lists them.'
}
