import { ASSUMPTIONS, type Assumption } from '../../simulate/assumptions.ts'
import { sayHours, saySeveral, sayShare } from '../../simulate/say-estimate.ts'
import type { Sensitivity } from '../../simulate/sensitivity.ts'
import type { Summary } from '../../simulate/summary.ts'
import { columns, type Paint } from '../paint.ts'

/** The result for people: good releases, bad releases, what was assumed. */
export function printSummary(summary: Summary, paint: Paint): string {
  const { releases, bad, seed, contestants, assumptions } = summary
  const count = (number: number): string => number.toLocaleString('en')
  const head = `${count(releases)} made-up releases, ${count(bad)} of them bad, seed ${seed}; in brackets ${summary.intervals}`
  const good = contestants.map((one) => [
    one.name,
    sayHours(one.medianToAllMs),
    sayHours(one.p90ToAllMs),
    sayShare(one.goodStopped),
    saySeveral(one.actions),
  ])
  const worse = contestants.map((one) => [
    one.name,
    sayShare(one.badExposed),
    sayShare(one.badBroken),
    sayShare(one.badThrough),
    sayShare(one.badStoppedByEvidence),
  ])
  return `${[
    head,
    '',
    table(
      [
        'good releases',
        'offered to all after',
        '9 of 10 after',
        'wrongly stopped',
        'actions of people a release',
      ],
      good,
      paint,
    ),
    '',
    table(
      ['bad releases', 'users reached', 'users broken', 'offered to all', 'taken back by evidence'],
      worse,
      paint,
    ),
    '',
    'Assumed; every flag changes one:',
    columns(
      ASSUMPTIONS.map(({ flag, unit, meaning }: Assumption) => [
        `--${flag}`,
        `${assumptions[flag as keyof typeof assumptions]}${unit === '' ? '' : ` ${unit}`}`,
        meaning,
      ]),
      (cell, _, column) => (column === 2 ? paint('dim', cell) : cell),
    ),
  ].join('\n')}\n`
}

/** Which assumptions matter, for people. */
export function printSensitivity({ releases, seed, standard, rows }: Sensitivity, paint: Paint): string {
  const head = `${standard.name}: one assumption at a time, ${releases.toLocaleString('en')} made-up releases each (half of them bad), seed ${seed}; what moves most comes first`
  const figures = (one: typeof standard): readonly string[] => [
    sayShare(one.badExposed),
    sayShare(one.badBroken),
    sayShare(one.badThrough),
    sayShare(one.goodStopped),
    sayHours(one.medianToAllMs),
    saySeveral(one.actions),
  ]
  const titles = [
    'users reached',
    'users broken',
    'offered to all',
    'wrongly stopped',
    'to all after',
    'actions',
  ]
  const body = rows.flatMap(({ flag, low, high }) =>
    [low, high].map(({ value, figures: found }) => [`--${flag} ${value}`, ...figures(found)]),
  )
  return `${head}\n\n${table(['assumption', ...titles], [['as given', ...figures(standard)], ...body], paint)}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  return columns([head, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))
}
