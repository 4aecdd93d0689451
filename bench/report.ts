import type { ColdFigures } from './cold.ts'
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
    table(
      ['figure', 'measured', 'bar', 'met'],
      [...serverRows(figures), ...engineRows(figures), ...largeRows(figures), ...liveRows(figures)],
    ),
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

/** A row with a bar. */
function bar(name: string, shown: string, limit: string, isMet: boolean): Row {
  return [name, shown, limit, isMet ? 'yes' : 'no']
}

const plain = (name: string, shown: string): Row => [name, shown, 'none', '']

function serverRows({ rollback, start, webhooks }: Figures): readonly Row[] {
  const { p50Ms, p99Ms, rollbacks } = rollback
  const seen = `${ms(p99Ms)} (median ${ms(p50Ms)}, ${rollbacks} rollbacks)`
  const accepted = `${whole(webhooks.acceptedPerSecond)}/s, p99 ${ms(webhooks.p99Ms)}`
  return [
    bar('rollback to first answer that shows it, p99', seen, 'under 50 ms', p99Ms < 50),
    bar('`slipway serve` until it says that it listens', ms(start.startMs), '1 s', start.startMs <= 1000),
    bar(
      'its memory when idle (resident)',
      `${whole(start.idleMegabytes)} MB`,
      'under 150 MB',
      start.idleMegabytes < 150,
    ),
    bar('webhooks accepted durably', accepted, '1,000/s', webhooks.acceptedPerSecond >= 1000),
    plain('webhooks handled, accepting included', `${whole(webhooks.handledPerSecond)}/s`),
  ]
}

function engineRows({ rollouts, canariesMs }: Figures): readonly Row[] {
  const { idleTickMs, raisingTickMs, heapMegabytes, decideUs, loadMs } = rollouts
  const live = `${whole(rollouts.live)} live rollouts`
  return [
    bar('one decision', `${decideUs.toFixed(2)} us`, '2 us', decideUs <= 2),
    bar(`tick of ${live}, nothing due`, ms(idleTickMs), 'under 5 s', idleTickMs < 5000),
    bar(`tick of ${live} that raises all, stored`, ms(raisingTickMs), 'under 5 s', raisingTickMs < 5000),
    bar(`heap with ${live}`, `${whole(heapMegabytes)} MB`, 'under 400 MB', heapMegabytes < 400),
    plain(`reading ${live} at start`, ms(loadMs)),
    bar('evaluation of 10,000 canaries, two tries each', ms(canariesMs), 'under 50 ms', canariesMs < 50),
  ]
}

function largeRows({ cold, large, views }: Figures): readonly Row[] {
  const second = views.secondViewMegabytes
  const bytes = views.documentMegabytes
  return [
    ...coldRows(cold),
    plain('21 MB packument, first time', ms(large.firstMs)),
    plain('the same, rendered before', ms(large.keptMs)),
    plain('the same, right after a raise', ms(large.afterAdvanceMs)),
    plain('the same, right after a rollback', ms(large.afterRollbackMs)),
    plain('memory of its record, texts and first view', `${whole(views.firstViewMegabytes)} MB`),
    bar(
      'memory of a second view',
      `${second.toFixed(1)} MB`,
      `its ${bytes.toFixed(1)} MB`,
      second < bytes * 1.02,
    ),
  ]
}

/** The same document through a registry that has to fetch it first. */
function coldRows({ slipwayMs, verdaccioMs, ofVerdaccio, othersWaitMs, othersWaitVerdaccioMs }: ColdFigures) {
  const what = '21 MB packument of another registry, asked for first'
  if (verdaccioMs === null || ofVerdaccio === null) return [plain(what, ms(slipwayMs))]
  return [
    bar(
      what,
      `${ms(slipwayMs)}, ${ofVerdaccio.toFixed(2)} x Verdaccio's`,
      '1.2 x Verdaccio',
      ofVerdaccio <= 1.2,
    ),
    plain(
      'longest wait of others meanwhile',
      `${ms(othersWaitMs)}, Verdaccio's ${ms(othersWaitVerdaccioMs ?? 0)}`,
    ),
  ]
}

/** What most live releases cost beside one, in the package's own reads. */
function liveRows({ liveRollouts }: Figures): readonly Row[] {
  const [one, most] = [liveRollouts[0], liveRollouts.at(-1)]
  if (one === undefined || most === undefined) return []
  const { perSecond: share, byProcessor } = most.shareOfFirst
  const name = `reads of a package with ${most.size} live releases, of those with one`
  const shown = `${ratio(share)} (by processor time ${ratio(byProcessor)})`
  return [bar(name, shown, '0.9', share >= 0.9)]
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
