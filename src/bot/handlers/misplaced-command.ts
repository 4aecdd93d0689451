import { misplacedText } from '../../github/commands/command-answers.ts'
import { parseCommand } from '../../github/commands/parse-command.ts'
import { isFinal } from '../../github/effects/dispatch-effect.ts'
import { marker } from '../../github/words/escape-text.ts'
import { type BotParts, must, repositoryOf } from '../bot-parts.ts'

/** Where a command was written that is not heard there. */
interface Written {
  readonly number?: number
  readonly body?: string | null
  readonly user?: { readonly type?: string | undefined } | null
}

/**
 * A command in the description of an issue or pull request, or in a review: it is not carried out, and one answer says
 * where commands are heard. Silence would be taken for a yes.
 */
export async function onMisplacedCommand(
  parts: BotParts,
  delivery: Parameters<typeof repositoryOf>[1],
  { body, user, number }: Written,
  onPull?: number,
): Promise<void> {
  const on = onPull ?? number
  if (on === undefined || user == null || user.type === 'Bot' || parseCommand(body ?? '') === null) return
  const repository = await repositoryOf(parts, delivery)
  if (repository === null) return
  const hidden = marker('answer', `misplaced ${on}`)
  const comment = { body: `${misplacedText()}\n\n${hidden}`, marker: hidden }
  const said = await parts.forge.upsertComment(repository, on, comment)
  if (!said.ok && !isFinal(said.failure)) must(said)
}
