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

/** Outputs and job summary of one rollout. */
export async function showRollout(server: string, rollout: RolloutDocument): Promise<void> {
  setRolloutOutputs(server, rollout)
  await writeSummary(rolloutSummary(server, rollout))
}

/** `rolling, 5 %`; the phase alone where nobody can be in a percent. */
export function sayPlace(rollout: {
  readonly phase: string
  readonly percent: number
  readonly explanation: { readonly percents?: boolean | undefined }
}): string {
  if (rollout.explanation.percents === false) return rollout.phase
  return `${rollout.phase}, ${rollout.percent} %`
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
const MOST_SUMMARY_BYTES = 1_000_000

/** Writes Markdown to the job summary; does nothing where the runner offers none. */
export async function writeSummary(markdown: string): Promise<void> {
  if ((process.env.GITHUB_STEP_SUMMARY ?? '') === '') return
  await summary.addRaw(shortened(markdown), true).write()
}

/** Cut at the end of a line, so that no character and no row of a table is torn. */
function shortened(markdown: string): string {
  const bytes = Buffer.from(markdown)
  if (bytes.length <= MOST_SUMMARY_BYTES) return markdown
  const text = bytes.subarray(0, MOST_SUMMARY_BYTES).toString('utf8')
  return `${text.slice(0, text.lastIndexOf('\n'))}\n\n(shortened: the whole would be ${bytes.length} bytes)\n`
}

/** The rollout as a person reads it in the job summary: where it is, why, the ladder, gates, canaries, what next. */
export function rolloutSummary(server: string, rollout: RolloutDocument): string {
  const { explanation } = rollout
  const releases = rollout.releases.map((release) => `\`${release.id}\``).join(', ')
  const ladder = explanation.stages.map(
    (stage) =>
      `| ${explanation.percents === false ? '' : `${stage.percent} %`} | ${inertText(stage.name)} | ${stage.state} |`,
  )
  const gates = explanation.gates.map(
    (gate) => `| ${inertText(gate.gate)} | ${inertText(gate.answer)} | ${inertText(gate.sentence)} |`,
  )
  const canaries = explanation.canaries.map(
    (canary) =>
      `| ${inertText(canary.label)} | ${inertText(canary.admission)} | ${canary.comparison.kind} | ${inertText(canary.comparison.sentence)} |`,
  )
  const warnings = (explanation.warnings ?? []).map((warning) => `- ${inertText(warning)}`)
  return [
    `### ${releases}: ${sayPlace(rollout)}`,
    '',
    inertText(explanation.sentence),
    '',
    ...(explanation.next.sentence === '' ? [] : [`Next: ${inertText(explanation.next.sentence)}`, '']),
    ...table('stage | name | state', ladder),
    ...table('gate | answer | why', gates),
    ...table('canary | admission | comparison | what was seen', canaries),
    ...(warnings.length === 0 ? [] : ['Warnings:', '', ...warnings, '']),
    `[Rollout](${rolloutPage(server, rollout)})${rollout.trackingIssue ? `, [tracking issue](${rollout.trackingIssue})` : ''}`,
    '',
  ].join('\n')
}

function table(head: string, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return []
  return [`| ${head} |`, `|${'---|'.repeat(head.split('|').length)}`, ...rows, '']
}
