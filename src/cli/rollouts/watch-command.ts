import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { parseDuration } from '../../config/reading/duration.ts'
import { apiClient } from '../../registries/slipway-index/api-client.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { sayProblem } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { paintFor } from '../paint.ts'
import { accessOf, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { printStatus } from './print-rollout.ts'

const ENDS: readonly string[] = ['completed', 'rolled-back', 'superseded', 'abandoned']
/** How often the server may fail to answer in a row before it counts as gone. */
const PATIENCE = 5

interface WatchOptions extends ServerOptions {
  readonly every: string
}

/** `watch`: follows a rollout until it ends; exit code 1 when it was rolled back. */
export function addWatch(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('watch')
      .description('follow a rollout until it ends: every change as it happens')
      .argument('<id>', 'rollout id (ro-...) or release (npm:@scope/lib@2.0.0)')
      .option('--every <duration>', 'how often to look', '2s'),
  ).action(async (id: string, options: WatchOptions) => {
    const client = apiClient(accessOf(options, context))
    const every = parseDuration(options.every, 'every')
    if (!every.ok) throw new CommandStop(EXIT.usage, sayProblem(every.problem))
    let said = ''
    for (let missed = 0; ; ) {
      const answer = await client.rollout(id)
      if (answer.ok) {
        missed = 0
        const now = whatMatters(answer.value)
        if (now !== said) show(answer.value, options, context)
        said = now
        if (ENDS.includes(answer.value.phase)) {
          return finish(answer.value.phase === 'rolled-back' ? EXIT.refused : EXIT.done)
        }
      } else {
        missed += 1
        // Nothing was ever seen, or the server is gone for good.
        if (said === '' || answer.failure.kind !== 'unreachable' || missed >= PATIENCE)
          throw stopFor(answer.failure, '', { words: `watch ${id}` })
      }
      await sleep(every.value)
    }
  })
}

/** A change of this is told: phase, percent, and what the gates say. */
function whatMatters({ phase, percent, explanation }: RolloutDocument): string {
  const gates = explanation.gates.map(({ gate, answer }) => `${gate} ${answer}`)
  const canaries = explanation.canaries.map(({ label, comparison }) => `${label} ${comparison.kind}`)
  return JSON.stringify([phase, percent, gates, canaries])
}

/** One JSON document a line for machines; for people the status, with the time of day before it. */
function show(rollout: RolloutDocument, options: WatchOptions, context: CliContext): void {
  if (options.json) {
    context.out(`${JSON.stringify(rollout)}\n`)
    return
  }
  const paint = paintFor(context.colour)
  const at = new Date(context.now()).toISOString().slice(11, 19)
  context.out(`${paint('dim', `${at} UTC`)}  ${printStatus(rollout, paint, context.now())}\n`)
}
