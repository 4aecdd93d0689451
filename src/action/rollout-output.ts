import { setOutput, summary } from '@actions/core'
import { type RolloutDocument, rolloutPage } from '../registries/slipway-index/rollout-document.ts'

/** The outputs of `action.yml`. Without a rollout all of them are empty, so that `if:` can tell. */
export function setRolloutOutputs(server: string, rollout: RolloutDocument | null): void {
  setOutput('rollout', rollout?.id ?? '')
  setOutput('phase', rollout?.phase ?? '')
  setOutput('percent', rollout === null ? '' : String(rollout.percent))
  setOutput('tracking-issue', rollout?.trackingIssue ?? '')
  setOutput('url', rollout === null ? '' : rolloutPage(server, rollout))
}

/** Characters with a meaning in Markdown or HTML lose it: sentences may quote other people's text. */
export function inertText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .trim()
}

/** GitHub drops a summary above 1 MiB as a whole. */
const MAX_SUMMARY_CHARACTERS = 900_000

/** Writes Markdown to the job summary; does nothing where the runner offers none. */
export async function writeSummary(markdown: string): Promise<void> {
  if ((process.env.GITHUB_STEP_SUMMARY ?? '') === '') return
  const text =
    markdown.length > MAX_SUMMARY_CHARACTERS
      ? `${markdown.slice(0, MAX_SUMMARY_CHARACTERS)}\n\n(shortened)\n`
      : markdown
  await summary.addRaw(text, true).write()
}

/** The rollout as a person reads it in the job summary: where it is, why, the ladder, what next. */
export function rolloutSummary(server: string, rollout: RolloutDocument): string {
  const { explanation } = rollout
  const releases = rollout.releases.map((release) => `\`${release.id}\``).join(', ')
  const ladder = explanation.stages.map(
    (stage) => `| ${stage.percent} % | ${inertText(stage.name)} | ${stage.state} |`,
  )
  return [
    `### ${releases}: ${rollout.phase}, ${rollout.percent} %`,
    '',
    inertText(explanation.sentence),
    '',
    ...(explanation.next.sentence === '' ? [] : [`Next: ${inertText(explanation.next.sentence)}`, '']),
    ...(ladder.length === 0 ? [] : ['| stage | name | state |', '|---|---|---|', ...ladder, '']),
    `[Rollout](${rolloutPage(server, rollout)})${rollout.trackingIssue ? `, [tracking issue](${rollout.trackingIssue})` : ''}`,
    '',
  ].join('\n')
}
