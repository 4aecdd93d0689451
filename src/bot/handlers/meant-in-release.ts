import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { meantLines } from '../../gates/contents/meant-lines.ts'
import { isFinal } from '../../github/effects/dispatch-effect.ts'
import { isLive } from '../../rollout/history/phase.ts'
import { type BotParts, must, noteRefusal, repositoryOf } from '../bot-parts.ts'

type FromRepository = Parameters<typeof repositoryOf>[1]

/** A delivery about a release: its notes, and who published or edited it. The author may be another person. */
export interface ReleaseDelivery extends FromRepository {
  readonly release: { readonly tag_name: string; readonly body?: string | null }
  readonly sender?: { readonly login: string; readonly type?: string }
}

/** Notes that are edited later answer what was found meanwhile, for every live rollout of their tag. */
export async function onReleaseEdited(
  parts: BotParts<RolloutReader & RolloutCommander>,
  delivery: ReleaseDelivery,
): Promise<void> {
  const { release, repository } = delivery
  const concerned = parts.engine
    .all()
    .filter(
      (state) =>
        isLive(state) &&
        state.origin?.repositoryId === String(repository.id) &&
        state.origin.tag === release.tag_name,
    )
  for (const { id } of concerned) await answerMeant(parts, delivery, id)
}

/**
 * Records what the notes of a release call meant, by who sent them, with the permission that the forge reports now. A
 * bot that publishes releases is nobody who could mean something; who may not answer is refused by the rollout itself.
 */
export async function answerMeant(
  parts: BotParts<RolloutCommander>,
  delivery: ReleaseDelivery,
  rollout: string,
): Promise<void> {
  const { release, sender } = delivery
  const meant = meantLines(release.body ?? '')
  if (meant.length === 0 || sender === undefined || sender.type === 'Bot') return
  const from = await repositoryOf(parts, delivery)
  if (from === null) return
  const asked = await parts.forge.permission(from, sender.login)
  if (!asked.ok && isFinal(asked.failure)) return
  const actor = { kind: 'person', login: sender.login, permission: must(asked) } as const
  const reason = `said in the notes of the release ${release.tag_name}`
  for (const finding of meant) {
    const outcome = await parts.engine.run(rollout, { type: 'dismiss', ...finding }, { actor, reason })
    if (!outcome.ok)
      noteRefusal(parts, outcome.refusal, 'what a release calls meant was not taken', { rollout })
  }
}
