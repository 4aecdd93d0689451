import { type Command, Option } from 'commander'
import { listRollouts } from '../../registries/slipway-index/list-client.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf, parsePackageId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { columns, type Paint, paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { phaseStyles } from './print-rollout.ts'

const PHASES = ['staged', 'rolling', 'held', 'paused', 'completed', 'rolled-back', 'superseded', 'abandoned']

interface ListOptions extends ServerOptions {
  readonly all?: boolean
  readonly phase?: string
  readonly package?: string
  readonly limit: string
  readonly cursor?: string
}

/** `list`: the rollouts of a server, those that are live unless more is asked for. */
export function addList(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('list')
      .description('the rollouts that are live, newest first')
      .option('--all', 'ended ones too')
      .addOption(new Option('--phase <phase>', `only in this phase: ${PHASES.join(', ')}`).conflicts('all'))
      .option('--package <id>', 'only of this package')
      .option('--limit <count>', 'how many', '50')
      .option('--cursor <next>', 'where the page before ended'),
  ).action(async (options: ListOptions) => {
    const answer = await listRollouts(accessOf(options, context), filterOf(options))
    if (!answer.ok) throw stopFor(answer.failure)
    const { items, next } = answer.value
    if (options.json) printJson(context, answer.value)
    else if (items.length === 0) context.out(`${sayNone(options)}\n`)
    else {
      context.out(`${printList(items, paintFor(context.colour))}\n`)
      if (next !== null) context.err(`There are more: --cursor ${next}\n`)
    }
    finish(EXIT.done)
  })
}

function filterOf({ all, phase, package: id, limit, cursor }: ListOptions) {
  if (phase !== undefined && !PHASES.includes(phase))
    throw new CommandStop(EXIT.usage, `phase: got ${showValue(phase)}, expected one of ${PHASES.join(', ')}`)
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 200)
    throw new CommandStop(EXIT.usage, `limit: got ${showValue(limit)}, expected a whole number from 1 to 200`)
  const parsed = id === undefined ? null : parsePackageId(id)
  if (parsed !== null && !parsed.ok)
    throw new CommandStop(
      EXIT.usage,
      `package: got ${showValue(id)}, expected a package such as npm:@scope/lib or pypi:demo-lib`,
    )
  return {
    limit: Number(limit),
    ...(phase !== undefined ? { phase } : all ? {} : { phase: 'live' }),
    ...(parsed === null ? {} : { package: packageIdOf(parsed.value) }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

function sayNone({ all, phase, package: id }: ListOptions): string {
  const of = id === undefined ? '' : ` of ${plain(id)}`
  if (phase !== undefined) return `No rollout${of} is ${phase}.`
  return all ? `There is no rollout${of}.` : `Nothing${of} is rolling out now; --all lists what has ended.`
}

function printList(items: readonly RolloutDocument[], paint: Paint): string {
  const rows = items.map(({ id, releases, phase, percent, explanation }) => [
    releases.map((release) => plain(release.id)).join(', '),
    phase,
    `${percent} %`,
    id,
    plain(explanation.next.sentence || explanation.sentence),
  ])
  return columns(rows, (cell, _row, column) => {
    if (column === 1) return paint(phaseStyles[cell] ?? 'cyan', cell)
    return column === 3 ? paint('dim', cell) : cell
  })
}
