import type { CliContext } from './cli-context.ts'

/**
 * Asks a person before something is written or cannot be undone; no where nobody can be asked. Only what begins
 * with `y` is a yes.
 */
export async function confirm(context: CliContext, question: string): Promise<boolean> {
  if (context.ask === null) return false
  const answer = await context.ask(`${question} [y/N] `)
  return /^y(?:es)?$/i.test(answer.trim())
}
