import type { CanaryExplanation, Explanation, StageExplanation } from '../rollout/explanation.ts'
import type { Phase } from '../rollout/state.ts'
import { code, fenced, link, prose } from './escape-text.ts'
import { sayMoment, sayTime } from './say-time.ts'
import {
  admissionWords,
  answerWords,
  comparisonWords,
  isLive,
  sayActor,
  sayChange,
  sayPercent,
  sayReleases,
} from './words.ts'

const barWidth = 20

function sayStage(stage: StageExplanation, phase: Phase): string {
  const percent = sayPercent(stage.percent)
  const name = prose(stage.name, 40)
  const both = name === '' || name === percent ? percent : `${name} ${percent}`
  if (stage.state !== 'current') return both
  return isLive(phase) || phase === 'completed' ? `**${both}**` : `${both} (as far as it got)`
}

/** A bar of the percent and the rungs, the current one in bold. */
export function ladder(explanation: Explanation): string {
  const filled = Math.round((explanation.percent / 100) * barWidth)
  const bar = `${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}`
  const rungs = explanation.stages.map((stage) => sayStage(stage, explanation.phase)).join(' → ')
  return `\`[${bar}]\` ${sayPercent(explanation.percent)} of users\n\n${rungs}`
}

/** What comes next by itself and when, in UTC and seen from the time of writing. */
export function whatNext(explanation: Explanation, now: number): string {
  const { sentence, at } = explanation.next
  const when = at === null ? '' : ` When: ${sayMoment(at, now)}.`
  return `${prose(sentence, 500)}${when}`
}

/** One row a gate: its answer and why. */
export function gateTable(explanation: Explanation, now: number): string {
  if (explanation.gates.length === 0) return 'No gate is asked in this state.'
  const rows = explanation.gates.map((verdict) => {
    const until = verdict.until === null ? '' : sayMoment(verdict.until, now)
    return `| ${verdict.gate} | ${answerWords[verdict.answer]} | ${prose(verdict.sentence, 400)} | ${until} |`
  })
  return ['| Gate | Answer | Why | Looks again |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** What needs eyes comes first, then what is open, then what is fine; required before advisory. */
function urgency(canary: CanaryExplanation): number {
  const admitted = { required: 0, advisory: 1, none: 2 }[canary.admission]
  const kind = canary.comparison.kind
  if (kind === 'regressed') return admitted
  if (kind === 'newly-flaky') return 10 + admitted
  if (!canary.comparison.decided) return 20 + admitted
  return 30 + admitted
}

function canaryRow(canary: CanaryExplanation, now: number): string {
  const counts = admissionWords[canary.admission]
  const weight = canary.weight === 1 || canary.admission === 'none' ? '' : `, weight ${canary.weight}`
  const since = canary.since === null ? '' : sayMoment(canary.since, now)
  const run = canary.url === null ? '' : link('run', canary.url)
  const state = comparisonWords[canary.comparison.kind]
  return `| ${code(canary.label)} | ${counts}${weight} | ${state} | ${canary.tries} | ${run} | ${since} |`
}

/** The canaries as a table of at most `most` characters, the rest counted by state. */
export function canaryTable(explanation: Explanation, now: number, most: number): string {
  const { canaries, coverage } = explanation
  if (canaries.length === 0) return 'No dependent repository is on the roster of this release.'
  const lines = [
    '| Canary | Counts as | State | Tries | Run | Since |',
    '| --- | --- | --- | --- | --- | --- |',
  ]
  const sorted = [...canaries].sort((a, b) => urgency(a) - urgency(b))
  let length = 0
  let shown = 0
  for (const canary of sorted) {
    const row = canaryRow(canary, now)
    length += row.length + 1
    if (length > most) break
    lines.push(row)
    shown += 1
  }
  const rest = new Map<string, number>()
  for (const canary of sorted.slice(shown)) {
    const word = comparisonWords[canary.comparison.kind]
    rest.set(word, (rest.get(word) ?? 0) + 1)
  }
  const counted = [...rest].map(([word, count]) => `${count} ${word}`).join(', ')
  const more = rest.size === 0 ? '' : `\n\nNot shown: ${counted}.`
  const decided = `Decided: ${coverage.decided} of ${coverage.admitted} admitted by weight (${sayPercent(coverage.percent)}).`
  return `${lines.join('\n')}${more}\n\n${decided}`
}

const mostLogs = 5

/** What canaries that need eyes say, each folded with the last lines of its log. */
export function canaryNotes(explanation: Explanation): string {
  const loud = [...explanation.canaries]
    .sort((a, b) => urgency(a) - urgency(b))
    .filter((canary) => urgency(canary) < 20 || (canary.detail !== '' && !canary.comparison.decided))
  return loud
    .slice(0, mostLogs)
    .map((canary) => {
      const sentence = prose(canary.comparison.sentence, 400).replace(/([^.])$/, '$1.')
      const said = `${code(canary.label)}: ${sentence}`
      if (canary.detail.trim() === '') return said
      const log = fenced(canary.detail, { lines: 40, characters: 3000 })
      return `${said}\n\n<details><summary>Last lines of the failing run</summary>\n\n${log}\n\n</details>`
    })
    .join('\n\n')
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
  return [
    '- Take it back at once: `/slipway rollback <reason>`',
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
    return `| ${sayTime(transition.at)} | ${sayChange(transition)} | ${sayActor(transition.actor)} | ${why} |`
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
