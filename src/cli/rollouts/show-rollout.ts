import type { ApiAnswer } from '../../registries/slipway-index/api-request.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { type CliContext, EXIT } from '../cli-context.ts'
import { paintFor } from '../paint.ts'
import { printJson, type ServerOptions, stopFor } from '../server-options.ts'
import type { printStatus } from './print-rollout.ts'

/** Prints a rollout that the server answered with, or ends with its refusal. A rollback that nobody wanted is exit code 1. */
export function showRollout(
  answer: ApiAnswer<RolloutDocument>,
  options: ServerOptions,
  context: CliContext,
  print: typeof printStatus,
  rollbackWanted = false,
): number {
  if (!answer.ok) throw stopFor(answer.failure, '', { words: '' })
  if (options.json) printJson(context, answer.value)
  else context.out(`${print(answer.value, paintFor(context.colour), context.now())}\n`)
  return answer.value.phase === 'rolled-back' && !rollbackWanted ? EXIT.refused : EXIT.done
}
