import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { columns, type Paint, plain } from '../paint.ts'

/** Colours of phases. */
export const phaseStyles: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan' | 'dim'>> = {
  completed: 'green',
  'rolled-back': 'red',
  held: 'yellow',
  paused: 'yellow',
  superseded: 'dim',
  abandoned: 'dim',
}

/** Lines of the history that are shown; the whole of it is in the API. */
const HISTORY_LINES = 12

const answerStyles: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'cyan'>> = {
  pass: 'green',
  wait: 'cyan',
  hold: 'yellow',
  fail: 'red',
}

/** `2026-11-20 22:31 UTC, in 3 h 20 min`; past times without the second part. */
function sayWhen(at: number, now: number): string {
  const date = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return at <= now ? date : `${date}, in ${saySpan(at - now)}`
}

function saySpan(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** The few lines that say where a rollout is: releases, phase, percent, why, what next. */
export function printStatus(rollout: RolloutDocument, paint: Paint, now: number): string {
  const style = phaseStyles[rollout.phase] ?? 'cyan'
  const head = `${rollout.releases.map((release) => plain(release.id)).join(', ')}  ${paint(style, rollout.phase)}${rollout.explanation.percents === false ? '' : `  ${rollout.percent} %`}`
  const baselines = rollout.releases.map((release) => release.baseline ?? 'none').join(', ')
  const train = rollout.train === null ? '' : `, train ${plain(rollout.train)}`
  const stream = rollout.stream === undefined ? '' : `, stream ${plain(rollout.stream)}`
  const { explanation } = rollout
  const next = explanation.next
  return [
    paint('bold', head),
    paint('dim', `  rollout ${rollout.id}, baseline ${baselines}${train}${stream}`),
    `  ${plain(explanation.sentence)}`,
    ...(next.sentence === ''
      ? []
      : [
          `  Next: ${plain(next.sentence)}${next.at === null || next.at <= now ? '' : paint('dim', ` (in ${saySpan(next.at - now)})`)}`,
        ]),
    ...(rollout.measured == null
      ? []
      : [
          `  Measured: ${rollout.measured.share} %, ${rollout.measured.got} of ${rollout.measured.requests} requests of the last day without a pin`,
        ]),
    ...(explanation.others ?? []).map(({ sentence }) => `  ${plain(sentence)}`),
    ...(explanation.notes ?? []).map((note) => `  ${plain(note)}`),
    ...startProblemLines(rollout, now),
    ...(explanation.warnings ?? []).map((warning) => `  ${paint('yellow', 'Warning:')} ${plain(warning)}`),
    ...(rollout.trackingIssue ? [`  ${rollout.trackingIssue}`] : []),
  ].join('\n')
}

/** Why it has not begun, and when that is tried again. */
function startProblemLines({ startProblem }: RolloutDocument, now: number): string[] {
  if (!startProblem) return []
  const { message, retryAt } = startProblem
  const again =
    retryAt === null ? '' : ` Tried again ${retryAt <= now ? 'now' : `in ${saySpan(retryAt - now)}`}.`
  return [`  It could not begin: ${plain(message)}${again}`]
}

/** Everything behind the state: ladder, gates, canaries. */
export function printExplanation(rollout: RolloutDocument, paint: Paint, now: number): string {
  const { stages, gates, canaries, percents } = rollout.explanation
  const over = ['rolled-back', 'superseded', 'abandoned'].includes(rollout.phase)
  const marks: Readonly<Record<string, string>> = { passed: 'done', current: over ? 'got here' : 'now' }
  const ladder = stages.map((stage) => [
    marks[stage.state] ?? '',
    percents === false ? '' : `${stage.percent} %`,
    plain(stage.name),
    stage.state === 'current' && !over && stage.bakeUntil !== null
      ? `bakes until ${sayWhen(stage.bakeUntil, now)}`
      : '',
  ])
  const parts = [
    section('Stages', ladder, paint, (cell, row) =>
      ladder[row]?.[0] === 'now' ? paint('bold', cell) : cell,
    ),
    section(
      'Gates',
      gates.map((gate) => [gate.answer, gate.gate, plain(gate.sentence)]),
      paint,
      (cell, _, column) => (column === 0 ? paint(answerStyles[cell] ?? 'cyan', cell) : cell),
    ),
    section(
      'Canaries',
      canaries.map((canary) => [
        canary.comparison.kind,
        plain(canary.label),
        canary.admission,
        plain(canary.comparison.sentence),
      ]),
      paint,
      (cell, _, column) => (column === 0 && cell === 'regressed' ? paint('red', cell) : cell),
    ),
  ]
  parts.push(section('History', historyRows(rollout, now), paint, (cell) => cell))
  const source = rollout.policySource
  const policy = source ? paint('dim', `  policy: ${plain(source.kind)}, ${plain(source.detail)}`) : ''
  const status = `${printStatus(rollout, paint, now)}${policy === '' ? '' : `\n${policy}`}`
  return [status, ...parts.filter((part) => part !== '')].join('\n\n')
}

/** The last moves, newest last: who made them, why, and past which gates. */
function historyRows({ explanation }: RolloutDocument, now: number): readonly (readonly string[])[] {
  return (explanation.history ?? [])
    .slice(-HISTORY_LINES)
    .map(({ at, type, basisPoints, actor, reason, overrode = [] }) => {
      const who =
        actor.as ?? actor.login ?? (actor.kind === 'system' ? 'Slipway' : (actor.name ?? actor.kind))
      const past = overrode.map(({ gate, answer }) => `${gate} (${answer})`).join(', ')
      const words = [past === '' ? '' : `past ${plain(past)}`, plain(reason)]
        .filter((text) => text !== '')
        .join(': ')
      const percent = explanation.percents === false ? '' : `${basisPoints / 100} %`
      return [sayWhen(at, now), type, percent, plain(who), words]
    })
}

function section(
  title: string,
  rows: readonly (readonly string[])[],
  paint: Paint,
  style: (cell: string, row: number, column: number) => string,
): string {
  return rows.length === 0 ? '' : `${paint('bold', title)}\n${columns(rows, style)}`
}
