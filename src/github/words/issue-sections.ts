import type { Explanation, StageExplanation } from '../../rollout/explaining/explanation.ts'
import { code, prose } from './escape-text.ts'
import { sayMoment, sayTime } from './say-time.ts'
import { answerWords, isLive, sayActor, sayChange, sayPercent, sayReleases, sayShare } from './words.ts'

const barWidth = 20

function sayStage(
  stage: StageExplanation,
  { phase, percents }: Pick<Explanation, 'phase' | 'percents'>,
): string {
  const percent = sayPercent(stage.percent)
  const name = prose(stage.name, 40)
  const both = !percents ? name : name === '' || name === percent ? percent : `${name} ${percent}`
  if (stage.state !== 'current') return both
  return isLive(phase) || phase === 'completed' ? `**${both}**` : `${both} (as far as it got)`
}

/** A bar of the percent and the rungs, the current one in bold; without percents the steps alone. */
export function ladder(explanation: Explanation): string {
  const filled = Math.round((explanation.percent / 100) * barWidth)
  const bar = `${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}`
  const rungs = explanation.stages.map((stage) => sayStage(stage, explanation)).join(' → ')
  return explanation.percents ? `\`[${bar}]\` ${sayShare(explanation)}\n\n${rungs}` : rungs
}

/** What comes next by itself and when, in UTC and seen from the time of writing. */
export function whatNext(explanation: Explanation, now: number): string {
  const { sentence, at } = explanation.next
  const when = at === null ? '' : ` When: ${sayMoment(at, now)}.`
  return `${prose(sentence, 500)}${when}`
}

/** The other live releases of the packages and what else is worth knowing; empty where there is nothing. */
export function otherList({ others, notes }: Explanation): string {
  return [...others.map(({ sentence }) => sentence), ...notes]
    .map((text) => `- ${prose(text, 500)}`)
    .join('\n')
}

/** One line a gate, as a list because that wraps on a phone: its answer, why, and when it looks again. */
export function gateList(explanation: Explanation, now: number): string {
  if (explanation.gates.length === 0) return 'No gate is asked in this state.'
  return explanation.gates
    .map(({ gate, answer, sentence, until }) => {
      const again = until === null ? '' : ` Looks again: ${sayMoment(until, now)}.`
      return `- ${gate} **${answerWords[answer]}**: ${prose(sentence, 400)}${again}`
    })
    .join('\n')
}

/** Commands that fit the state the rollout is in. */
export function whatYouCanDo(explanation: Explanation): string {
  const { phase } = explanation
  if (phase === 'completed') {
    return 'If it breaks something after all, comment `/slipway rollback <reason>`. Exact pins keep resolving.'
  }
  if (!isLive(phase)) {
    return 'Nothing moves any more. Exact pins keep resolving unless the release was blocked. Publish a fixed version to go on.'
  }
  const hold =
    phase === 'paused'
      ? '- Go on: `/slipway resume`'
      : '- Stop raising, keep who sees it: `/slipway pause <reason>`'
  const stop =
    explanation.percent > 0
      ? ['- Take it from everybody at once, until somebody resumes: `/slipway stop <reason>`']
      : []
  return [
    ...stop,
    '- Take it back for good: `/slipway rollback <reason>`',
    hold,
    '- Skip ahead one stage: `/slipway advance <reason>` (past a hold this needs maintain permission)',
    '- Ignore one canary result: `/slipway waive <canary> <reason>`; run it again: `/slipway retry <canary>`',
    '- Everything else: `/slipway help`',
  ].join('\n')
}

const mostHistory = 40

/** The history, newest first, folded. */
export function history(explanation: Explanation): string {
  const newest = [...explanation.history].reverse()
  const rows = newest.slice(0, mostHistory).map((transition) => {
    const why = prose(transition.reason, 200)
    return `| ${sayTime(transition.at)} | ${sayChange(transition, explanation)} | ${sayActor(transition.actor)} | ${why} |`
  })
  const older = newest.length - rows.length
  const more = older > 0 ? `\n\n${older} older entries are on the rollout's page.` : ''
  const table = ['| When | What | By | Why |', '| --- | --- | --- | --- |', ...rows].join('\n')
  return `<details><summary>History (${newest.length})</summary>\n\n${table}${more}\n\n</details>`
}

/** Which release takes whose place. */
export function releaseLines(explanation: Explanation): string {
  if (explanation.releases.length > 20) return sayReleases(explanation)
  return explanation.releases
    .map(({ candidate, baseline }) => {
      const before =
        baseline === null ? 'the first release, visible to all' : `before it ${code(baseline, 200)}`
      return `- ${code(candidate, 200)}, ${before}`
    })
    .join('\n')
}
