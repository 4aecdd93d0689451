import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { marker } from '../../github/words/escape-text.ts'
import { registryText } from '../../github/words/registry-words.ts'
import type { Wanted } from '../../ports/registry.ts'
import { basisPointsFor } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { packageIdOf } from '../../versions/release.ts'
import { checkBuilt } from './built-files.ts'
import type { World } from './open-world.ts'
import type { Promoted } from './promoted.ts'

/** How long after its end a rollout is still compared with its registries. */
const followedMs = 14 * 24 * 60 * 60_000

/**
 * Makes the registries show what the rollouts say, and tells their tracking issues what came of it. Asked again at
 * every tick until confirmed, and again when something else is wanted; only the newest rollout of a package counts.
 */
export async function promoteReleases(
  world: World<RolloutReader>,
): Promise<ReadonlyMap<string, readonly Promoted[]>> {
  const all = new Map<string, readonly Promoted[]>()
  const { engine, clock } = world
  for (const state of engine.all()) {
    const ended = state.end
    if (state.startedAt === null || state.end?.direct === true) continue
    if (ended !== null && ended.at < clock.now() - followedMs) continue
    const answers: Promoted[] = []
    for (const wanted of wantedOf(world, state)) {
      const registry = world.registries.find(({ ecosystem }) => wanted.package.startsWith(`${ecosystem}:`))
      if (registry === undefined) continue
      const promotion = await registry.promote(wanted)
      answers.push(await checkBuilt(world, state, { package: wanted.package, promotion }))
    }
    if (answers.length === 0) continue
    all.set(state.id, answers)
    await tell(world, state, answers)
  }
  return all
}

function wantedOf({ engine }: World<RolloutReader>, state: RolloutState): readonly Wanted[] {
  return state.members.flatMap(({ candidate, baseline }): readonly Wanted[] => {
    const id = packageIdOf(candidate)
    // A newer rollout speaks for the package; what this one wanted is over.
    if (engine.rolloutsOf(id).find(({ startedAt }) => startedAt !== null)?.id !== state.id) return []
    const isFull = basisPointsFor(state, candidate) === 10_000
    const shows = isFull || baseline === null ? 'candidate' : 'baseline'
    return [
      { package: id, candidate: versionOf(candidate), baseline: baseline && versionOf(baseline), shows },
    ]
  })
}

const versionOf = (release: string) => release.slice(release.lastIndexOf('@') + 1)

/** One comment on the tracking issue, edited while what the registries say changes. */
async function tell(world: World, state: RolloutState, answers: readonly Promoted[]): Promise<void> {
  const { effects, forge, clock, log } = world
  const key = `${state.id}/registry/comment/0`
  const [issue] = await effects.list(`${state.id}/tracking-issue/`)
  const number = issue?.place.issue
  const text = registryText(answers)
  const applied = await effects.get(key)
  if (typeof number !== 'number' || state.origin === null || applied?.digest === text) return
  const repository = await forge.repository(state.origin.repositoryId)
  if (!repository.ok) return
  const hidden = marker('comment', key)
  const known = applied?.place.comment
  const comment = await forge.upsertComment(repository.value, number, {
    body: `${text}\n\n${hidden}`,
    marker: hidden,
    knownId: typeof known === 'number' ? known : null,
  })
  if (!comment.ok) return log.warn('the tracking issue was not told', { why: comment.failure.message })
  await effects.put({ key, digest: text, place: { comment: comment.value.id }, at: clock.now() })
}
