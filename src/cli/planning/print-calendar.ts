import { type CalendarDate, formatCalendarDate } from '../../calendar/calendar-date.ts'
import type { Calendar, supportedOn } from '../../calendar/plan-calendar.ts'
import type { SeriesPlan } from '../../calendar/series-plan.ts'
import type { CalendarOfServer } from '../../registries/slipway-index/package-client.ts'
import { columns, paintFor } from '../paint.ts'

/** The timeline for programs: one entry a release, in time order. */
export function calendarJson({ releases }: Calendar) {
  return releases.map(({ date, version, stream, notes }) => ({
    date: formatCalendarDate(date),
    version,
    stream,
    notes,
  }))
}

/** The timeline for people: releases, then how long each series lives, then how many dates break a rule. */
export function printCalendar(packageId: string, calendar: Calendar, colour: boolean): string {
  const paint = paintFor(colour)
  const { releases, lives } = calendar
  if (releases.length === 0) return `${packageId}: nothing is planned in these months\n`
  const rows = releases.map(({ date, version, stream }) => [formatCalendarDate(date), version, stream])
  const lines = columns(rows, (cell, row, column) =>
    column === 1 && releases[row]?.kind === 'final' ? paint('bold', cell) : cell,
  ).split('\n')
  const noted = releases.flatMap(({ notes }, index) => [
    lines[index] ?? '',
    ...notes.map((note) => `    ${paint('yellow', note)}`),
  ])
  const isBounded = lives.some(({ supportEnds }) => supportEnds !== null)
  const series = [
    ['series', 'first release', 'final', 'ends', ...(isBounded ? ['support ends'] : [])],
    ...lives.map(({ series: name, firstRelease, final, ends, supportEnds }) => [
      name,
      ...[firstRelease, final, ends].map(formatCalendarDate),
      ...(supportEnds === null ? [] : [formatCalendarDate(supportEnds)]),
    ]),
  ]
  const broken = releases.filter(({ notes }) => notes.length > 0).length
  return [
    paint('bold', packageId),
    ...noted,
    '',
    columns(series, (cell, row) => (row === 0 ? paint('dim', cell) : cell)),
    ...(broken === 0
      ? []
      : ['', paint('yellow', broken === 1 ? '1 date breaks a rule' : `${broken} dates break a rule`)]),
    '',
  ].join('\n')
}

/** What a server says came, is late and comes. */
export function printFollowed({ package: id, releases, series }: CalendarOfServer, colour: boolean): string {
  const paint = paintFor(colour)
  if (releases.length === 0) return `${id}: nothing came or is planned in these months\n`
  const styles = {
    late: 'red',
    'taken-back': 'red',
    due: 'yellow',
    released: 'green',
    coming: 'dim',
  } as const
  const rows = releases.map(({ date, version, stream, state, planned }) => [
    ...[date, version, stream ?? '-', state.replace('-', ' ')],
    planned === null ? 'not planned' : date.startsWith(planned) ? '' : `planned for ${planned}`,
  ])
  const lines = columns(rows, (cell, row, column) => {
    const state = releases[row]?.state
    return column === 3 && state !== undefined ? paint(styles[state], cell) : cell
  }).split('\n')
  const lives = [
    ['series', 'first release', 'final', 'ends', 'support ends'],
    ...series.map((one) => [one.series, one.firstRelease, one.final, one.ends, one.supportEnds ?? '-']),
  ]
  return [
    paint('bold', id),
    ...lines.map((line) => line.trimEnd()),
    '',
    columns(lives, (cell, row) => (row === 0 ? paint('dim', cell) : cell)),
    '',
  ].join('\n')
}

/** Which feature releases are supported on a date. */
export function printSupported(
  plan: SeriesPlan,
  date: CalendarDate,
  supported: ReturnType<typeof supportedOn>,
  colour: boolean,
): string {
  const paint = paintFor(colour)
  const window =
    plan.supportMonths === null
      ? 'no support window is set'
      : `feature releases of the last ${plan.supportMonths} months`
  const head = `${paint('bold', plan.package)} on ${formatCalendarDate(date)}: ${window}`
  if (supported.length === 0) return `${head}\n  none\n`
  const rows = supported.map(({ series, released, newest }) => [series, formatCalendarDate(released), newest])
  return `${head}\n${columns([['series', 'released', 'newest'], ...rows], (cell, row) => (row === 0 ? paint('dim', cell) : cell))}\n`
}
