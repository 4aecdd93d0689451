import type { Arm } from '../../gates/evidence.ts'
import { inertText } from '../rollout-output.ts'
import type { ArmReport } from './arms/judge-arms.ts'
import type { CanaryRequest } from './canary-request.ts'

/** The job summary of one try: both arms side by side, failing logs folded away. */
export function canarySummary(
  request: CanaryRequest,
  arms: Partial<Record<Arm, ArmReport>>,
  leg: string,
  differences: readonly { readonly arm: Arm; readonly difference: string }[],
): string {
  const releases = request.releases.map(
    (release) => `${release.ecosystem}:${release.name}@${release.version}`,
  )
  const reports = request.arms.flatMap((arm) => {
    const report = arms[arm]
    return report === undefined ? [] : [{ arm, report }]
  })
  return [
    `### Canary for ${releases.map((id) => `\`${id}\``).join(', ')}, try ${request.try}${leg === 'default' ? '' : `, ${inertText(leg)}`}`,
    '',
    '| arm | outcome | installed |',
    '|---|---|---|',
    ...reports.map(
      ({ arm, report }) =>
        `| ${arm} | ${report.outcome} | ${report.installed.map(inertText).join(', ') || 'none'} |`,
    ),
    '',
    ...differences
      .filter(({ difference }) => difference !== '')
      .map(({ arm, difference }) => `- ${arm}: ${inertText(difference)}`),
    '',
    ...reports.flatMap(({ arm, report }) => details(arm, report)),
    'The report has been made for Slipway; the colour of this job says only whether it could be delivered.',
    '',
  ].join('\n')
}

function details(arm: Arm, report: ArmReport): readonly string[] {
  if (report.detail === '') return []
  const text = report.detail.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [
    `<details><summary>${arm}: ${report.outcome}</summary>`,
    '',
    `<pre>${text}</pre>`,
    '',
    '</details>',
    '',
  ]
}
