import type { SeriesPlan } from '../../src/calendar/series-plan.ts'
import { seriesPlanOf } from '../../src/config/policy/series-plan.ts'
import { parseSlipwayFile } from '../../src/config/policy/slipway-file.ts'

/** Where a plan begins; null: the file does not say from when. */
interface Beginning {
  readonly start?: string
  readonly from?: string | null
}

/** A package with a beta and a stable stream, as a file would say it; `series` goes after where it begins. */
export function streamsFile(
  series = '',
  streams: Readonly<Record<string, string>> = {},
  { start = '3.9.0', from = '2019-12' }: Beginning = {},
): string {
  const all = {
    beta: '{ match: prerelease b, channel: beta, profile: rapid, cadence: 2 months, pauseDuring: rc }',
    rc: '{ match: prerelease rc, channel: rc, length: 2 months, count: 2, every: 1 month, freeze: [api] }',
    stable:
      '{ match: final, channel: stable, profile: standard, cadence: 2 years in August, after: { stream: rc, min: 1 week, max: 4 weeks } }',
    maintenance: '{ of: stable, cadence: 2 months, offset: 1 month }',
    ...streams,
  }
  return [
    'releases:',
    '  - package: pypi:demo-lib',
    `    series: { start: "${start}", ${from === null ? '' : `from: ${from}, `}bump: minor${series} }`,
    '    streams:',
    ...Object.entries(all)
      .filter(([, text]) => text !== '')
      .map(([name, text]) => `      ${name}: ${text}`),
    '',
  ].join('\n')
}

/** The plan of such a file. */
export function streamsPlan(
  series = '',
  streams: Readonly<Record<string, string>> = {},
  beginning: Beginning = {},
): SeriesPlan {
  const parsed = parseSlipwayFile(streamsFile(series, streams, beginning))
  const entry = parsed.ok ? parsed.file.releases?.[0] : undefined
  const plan = entry === undefined ? null : seriesPlanOf(entry)
  if (plan === null) throw new Error(`no plan: ${JSON.stringify(parsed)}`)
  return plan
}
