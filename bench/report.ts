import type { Figures } from './figures.ts'
import type { GrowthRow } from './growth.ts'
import type { Throughput } from './throughput.ts'

type Row = readonly string[]

const whole = (number: number) => Math.round(number).toLocaleString('en-US')
const ratio = (number: number) => (number < 10 ? number.toFixed(2) : number.toFixed(0))
const ms = (number: number) => `${number < 10 ? number.toFixed(2) : number.toFixed(0)} ms`

/** The figures as Markdown, as `docs/performance.md` carries them. */
export function report(figures: Figures): string {
  const { surroundings: at } = figures
  const place = `${at.processors}, ${at.memoryGigabytes} GB, Node ${at.node}, ${at.at}`
  const load = `load average ${at.load.before.toFixed(1)} before, ${at.load.after.toFixed(1)} after`
  return [
    `${place}; ${load}; ${at.rounds} rounds of ${at.durationMs} ms.`,
    table(
      ['answers a second', 'bytes', 'bare', 'nginx', 'Verdaccio', 'Slipway', 'p99'],
      figures.throughput.map(speedRow),
    ),
    table(
      [
        'ratios',
        'of bare',
        'by processor time',
        'of nginx',
        'times Verdaccio',
        'by processor time',
        'bar',
        'met',
      ],
      figures.throughput.map(ratioRow),
    ),
    table(['figure', 'measured', 'bar', 'met'], singleRows(figures)),
    table(growthHead('live rollouts of the package'), figures.liveRollouts.map(growthRow)),
    table(growthHead('packages, one live rollout each'), figures.packages.map(growthRow)),
  ].join('\n\n')
}

function speedRow({ name, bytes, perSecond, p99Ms, note }: Throughput): Row {
  const speed = (number: number | undefined) => (number === undefined ? 'not installed' : whole(number))
  const verdaccio = `${speed(perSecond.verdaccio)}${note === '' ? '' : ` (${note})`}`
  return [
    name,
    whole(bytes),
    speed(perSecond.bare),
    speed(perSecond.nginx),
    verdaccio,
    speed(perSecond.slipway),
    ms(p99Ms),
  ]
}

function ratioRow(row: Throughput): Row {
  const { name, ofBare, ofVerdaccio, bars } = row
  const shown = [ofBare, row.ofBareByProcessor, row.ofNginx, ofVerdaccio, row.ofVerdaccioByProcessor].map(
    (number) => (number === null ? '' : ratio(number)),
  )
  if (bars === null) return [name, ...shown, 'none', '']
  const isMet = ofBare >= bars.bare && (ofVerdaccio ?? Number.POSITIVE_INFINITY) >= bars.verdaccio
  return [name, ...shown, `${bars.bare} of bare, ${bars.verdaccio} x Verdaccio`, isMet ? 'yes' : 'no']
}

function singleRows({ rollback, rollouts, canariesMs, start, webhooks, large }: Figures): readonly Row[] {
  const bar = (name: string, value: number, most: number, shown: string, limit: string): Row => [
    name,
    shown,
    limit,
    value <= most ? 'yes' : 'no',
  ]
  return [
    bar(
      'rollback to first answer that shows it, p99',
      rollback.p99Ms,
      50,
      `${ms(rollback.p99Ms)} (median ${ms(rollback.p50Ms)}, ${rollback.rollbacks} rollbacks)`,
      'under 50 ms',
    ),
    bar('one decision', rollouts.decideUs, 2, `${rollouts.decideUs.toFixed(2)} us`, '2 us'),
    bar(
      `tick of ${whole(rollouts.live)} live rollouts, nothing due`,
      rollouts.idleTickMs,
      5000,
      ms(rollouts.idleTickMs),
      'under 5 s',
    ),
    bar(
      `tick that raises all ${whole(rollouts.live)}, stored`,
      rollouts.raisingTickMs,
      5000,
      ms(rollouts.raisingTickMs),
      'under 5 s',
    ),
    bar(
      `heap with ${whole(rollouts.live)} live rollouts`,
      rollouts.heapMegabytes,
      400,
      `${whole(rollouts.heapMegabytes)} MB`,
      'under 400 MB',
    ),
    ['reading them at start', ms(rollouts.loadMs), 'none', ''],
    bar('evaluation of 10,000 canaries with two tries each', canariesMs, 50, ms(canariesMs), 'under 50 ms'),
    bar(
      '`slipway serve` until it says that it listens',
      start.startMs,
      1000,
      ms(start.startMs),
      'within 1 s',
    ),
    bar(
      'its memory when idle (resident)',
      start.idleMegabytes,
      150,
      `${whole(start.idleMegabytes)} MB`,
      'under 150 MB',
    ),
    bar(
      'webhooks accepted durably',
      -webhooks.acceptedPerSecond,
      -1000,
      `${whole(webhooks.acceptedPerSecond)}/s, p99 ${ms(webhooks.p99Ms)}`,
      '1,000/s',
    ),
    ['webhooks handled, accepting included', `${whole(webhooks.handledPerSecond)}/s`, 'none', ''],
    ['21 MB packument, first time', ms(large.firstMs), 'none', ''],
    ['the same, rendered before', ms(large.keptMs), 'none', ''],
    ['the same, right after a raise', ms(large.afterAdvanceMs), 'none', ''],
    ['the same, right after a rollback', ms(large.afterRollbackMs), 'none', ''],
  ]
}

const growthHead = (size: string): Row => [
  size,
  'answers a second',
  'processor time each',
  'start',
  'idle',
  'serving',
]

function growthRow({
  size,
  perSecond,
  processorUs,
  startMs,
  idleMegabytes,
  servingMegabytes,
}: GrowthRow): Row {
  return [
    whole(size),
    whole(perSecond),
    `${whole(processorUs)} us`,
    ms(startMs),
    `${whole(idleMegabytes)} MB`,
    `${whole(servingMegabytes)} MB`,
  ]
}

function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  )
}
