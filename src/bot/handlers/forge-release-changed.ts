import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { ForgeReleaseFact } from '../../gates/publication-fact.ts'
import type { Repository } from '../../ports/forge.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type BotParts, must, noteRefusal, repositoryOf } from '../bot-parts.ts'

type Parts = BotParts<RolloutReader & RolloutCommander>
type FromRepository = Parameters<typeof repositoryOf>[1]

/** A push, as far as it says which tag it is about. */
export type TagPush = FromRepository & { readonly ref: string }

/** A release of a live rollout was deleted, made a draft again, or published again. */
export async function onForgeRelease(
  parts: Parts,
  delivery: FromRepository & { readonly release: { readonly tag_name: string } },
  standing: ForgeReleaseFact['standing'],
): Promise<void> {
  const tag = delivery.release.tag_name
  await tell(parts, delivery, tag, () => standing)
}

/** A tag of a live rollout may have moved or gone; its release stands as it was last seen. */
export async function onTagPushed(parts: Parts, push: TagPush): Promise<void> {
  if (!push.ref.startsWith('refs/tags/')) return
  const tag = push.ref.slice('refs/tags/'.length)
  await tell(parts, push, tag, ({ forgeRelease }) => forgeRelease?.standing ?? 'there')
}

async function tell(
  parts: Parts,
  delivery: FromRepository,
  tag: string,
  standingOf: (state: RolloutState) => ForgeReleaseFact['standing'],
): Promise<void> {
  const repositoryId = String(delivery.repository.id)
  const concerned = parts.engine
    .all()
    .filter(
      (state) => isLive(state) && state.origin?.repositoryId === repositoryId && state.origin.tag === tag,
    )
  if (concerned.length === 0) return
  const from = await repositoryOf(parts, delivery)
  if (from === null) return
  const commit = await commitOfTag(parts, from, tag)
  for (const state of concerned) {
    const known = state.forgeRelease
    const standing = standingOf(state)
    // That it is where it was is worth no event.
    const before = known ?? { standing: 'there', commit: state.origin?.commit ?? null }
    if (before.standing === standing && before.commit === commit) continue
    const observedAt = Math.max(parts.clock.now(), (known?.observedAt ?? 0) + 1)
    const forgeRelease = { standing, tag, commit, observedAt }
    const signal = { kind: 'forge-release', forgeRelease } as const
    const who = { actor: { kind: 'system' }, reason: '' } as const
    const outcome = await parts.engine.run(state.id, { type: 'recordSignal', signal }, who)
    if (!outcome.ok)
      noteRefusal(parts, outcome.refusal, 'what became of a release could not be recorded', {
        rollout: state.id,
      })
  }
}

/** Asked from the forge: a delivery names the tag's object, which need not be the commit. Null: there is no such tag. */
async function commitOfTag(parts: Parts, repository: Repository, tag: string): Promise<string | null> {
  const commit = await parts.forge.commitOfTag(repository, tag)
  return !commit.ok && commit.failure.kind === 'gone' ? null : must(commit)
}
