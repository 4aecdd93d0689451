/** The figures behind docs/policy.md, what is shown of them, and where that stands in the text. */

import { ASSUMPTIONS, type Assumption } from '../src/simulate/assumptions.ts'
import { sayHours, saySeveral, sayShare } from '../src/simulate/say-estimate.ts'
import type { Sensitivity } from '../src/simulate/sensitivity.ts'
import type { SeriesRow } from '../src/simulate/series/compare-series.ts'
import type { ContestantSummary, Summary } from '../src/simulate/summary.ts'

/** As `scripts/simulate-policy.ts` writes them to docs/policy-figures.json. */
export interface PolicyFigures {
  readonly summary: Summary
  /** The profiles for a package with ten times the users. */
  readonly large: Summary
  readonly sensitivity: Sensitivity
  /** `standard` without and with ordinary runs as evidence, for each number of repositories. */
  readonly exposure: readonly Summary[]
  /** Packages that release weekly, daily and more often. */
  readonly series: readonly SeriesRow[]
}

/** How many assumptions the sensitivity table shows; the rest move less. */
const SHOWN_ASSUMPTIONS = 12

/** The tables of docs/policy.md by the name of their place. */
export function policyTables(figures: PolicyFigures): Readonly<Record<string, string>> {
  const { summary, large, sensitivity, exposure, series } = figures
  return {
    good: goodTable(summary),
    bad: badTable(summary),
    large: largeTable(large),
    sensitivity: sensitivityTable(sensitivity),
    exposure: exposureTable(exposure),
    series: seriesTable(series),
    assumptions: assumptionsTable(),
  }
}

function goodTable({ contestants }: Summary): string {
  const head = [
    'good releases',
    'offered to all after (median)',
    '9 of 10 after',
    'wrongly stopped',
    'actions of people a release',
  ]
  const rows = contestants.map((one) => [
    one.name,
    sayHours(one.medianToAllMs),
    sayHours(one.p90ToAllMs),
    sayShare(one.goodStopped),
    saySeveral(one.actions),
  ])
  return markdown(head, rows)
}

function badTable({ contestants }: Summary): string {
  const head = [
    'bad releases',
    'users reached when taken back',
    'users broken',
    'offered to all',
    'taken back by evidence',
  ]
  const rows = contestants.map((one) => [
    one.name,
    sayShare(one.badExposed),
    sayShare(one.badBroken),
    sayShare(one.badThrough),
    sayShare(one.badStoppedByEvidence),
  ])
  return markdown(head, rows)
}

function largeTable({ contestants }: Summary): string {
  const head = ['10,000 users', 'users reached when taken back', 'users broken', 'offered to all']
  const rows = contestants.map((one) => [
    one.name,
    sayShare(one.badExposed),
    sayShare(one.badBroken),
    sayShare(one.badThrough),
  ])
  return markdown(head, rows)
}

function sensitivityTable({ standard, rows }: Sensitivity): string {
  const head = ['assumption', 'users reached', 'users broken', 'offered to all', 'good ones after', 'actions']
  const body = rows
    .slice(0, SHOWN_ASSUMPTIONS)
    .flatMap(({ flag, low, high }) =>
      [low, high].map(({ value, figures }) => [`\`--${flag} ${value}\``, ...sensitive(figures)]),
    )
  return markdown(head, [['as assumed', ...sensitive(standard)], ...body])
}

function exposureTable(exposure: PolicyFigures['exposure']): string {
  const head = [
    'policy',
    'repositories with a key',
    'users broken',
    'offered to all',
    'taken back by evidence',
    'good ones stopped',
  ]
  const rows = exposure.flatMap(({ assumptions, contestants }) =>
    contestants.map((one) => [
      one.name,
      String(assumptions.repositories),
      sayShare(one.badBroken),
      sayShare(one.badThrough),
      sayShare(one.badStoppedByEvidence),
      sayShare(one.goodStopped),
    ]),
  )
  return markdown(head, rows)
}

function seriesTable(series: readonly SeriesRow[]): string {
  const head = [
    'releases',
    'way to release',
    'good ones offered to all after (median)',
    'of them ever',
    'users broken by a bad one',
    'versions a user goes through in 30 days',
    'steps back of a user in 30 days',
  ]
  const rows = series.map((row) => [
    row.cadence,
    row.treatment,
    sayHours(row.medianToAllMs),
    sayShare(row.completed),
    sayShare(row.broken),
    saySeveral(row.versions),
    saySeveral(row.stepsBack),
  ])
  return markdown(head, rows)
}

function assumptionsTable(): string {
  const rows = ASSUMPTIONS.map(({ flag, standard, unit, meaning }: Assumption) => [
    `\`--${flag}\``,
    unit === '' ? String(standard) : `${standard} ${unit}`,
    meaning,
  ])
  return markdown(['flag', 'standard', 'what it is'], rows)
}

/** The text with every place filled anew; a place that the text lacks is an error. */
export function fillPlaces(text: string, tables: Readonly<Record<string, string>>): string {
  let filled = text
  for (const [name, table] of Object.entries(tables)) {
    const [open, close] = [`<!-- simulated: ${name} -->\n`, '<!-- end -->']
    const from = filled.indexOf(open)
    const to = filled.indexOf(close, from)
    if (from < 0 || to < 0)
      throw new Error(`docs/policy.md has no place for ${name}: ${open.trim()} ... ${close}`)
    filled = `${filled.slice(0, from + open.length)}${table}\n${filled.slice(to)}`
  }
  return filled
}

function sensitive(one: ContestantSummary): readonly string[] {
  return [
    sayShare(one.badExposed),
    sayShare(one.badBroken),
    sayShare(one.badThrough),
    sayHours(one.medianToAllMs),
    saySeveral(one.actions),
  ]
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
