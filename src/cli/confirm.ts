import { type CliContext, CommandStop, EXIT } from './cli-context.ts'

/**
 * Asks a person before something is written or cannot be undone; no where nobody can be asked. Only what begins
 * with `y` is a yes.
 */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  if (context.ask === null) return false
  const answer = await context.ask(`${question} [y/N] `)
  return /^y(?:es)?$/i.test(answer.trim())
}

/**
 * Asks before what cannot be undone, where a person sits at a terminal; a script has said what it wants. Ends the
 * command when the answer is no.
 */
export async function mustConfirm(
  context: CliContext,
  yes: boolean | undefined,
  question: string,
): Promise<void> {
  if (yes || context.ask === null || (await confirm(context, question))) return
  throw new CommandStop(EXIT.refused, 'nothing is done; --yes does it without asking')
}
