import type { ForgeReleaseFact } from '../../gates/publication-fact.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, ForgeFailure, RepositoryReader } from '../../ports/forge.ts'
import type { Signal } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type EffectOf, failed, findRepository, impossible } from './dispatch-effect.ts'

/** What the forge shows of a tag: a release or none, and its commit, null where the tag is gone. */
interface Shown {
  readonly hasRelease: boolean
  readonly commit: string | null
}

/**
 * Looks at the release and the tag that a rollout came from, whatever webhooks told. A release that was never seen is
 * missed by nobody. Where the forge refuses to say, nothing is known.
 */
export async function applyReadRelease(
  forge: RepositoryReader,
  { tag }: EffectOf<'read-release'>,
  { state, now }: EffectContext,
): Promise<EffectOutcome> {
  const { origin } = state
  if (origin === null) return impossible('there is no repository to look for a release in')
  const shown = await look(forge, origin, tag)
  if (!shown.ok) {
    if (shown.failure.kind === 'broken' || shown.failure.kind === 'limited') return failed(shown.failure)
    return { ok: true, place: {}, signals: [{ kind: 'release-read', at: now, isThere: null }] }
  }
  const news = newsOf(state, tag, shown.value, now)
  const read: Signal = { kind: 'release-read', at: now, isThere: shown.value.hasRelease }
  return {
    ok: true,
    place: {},
    signals: news === null ? [read] : [{ kind: 'forge-release', forgeRelease: news }, read],
  }
}

async function look(
  forge: RepositoryReader,
  origin: NonNullable<RolloutState['origin']>,
  tag: string,
): Promise<Forged<Shown>> {
  const repository = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!repository.ok) return repository
  const release = await forge.hasRelease(repository.value, tag)
  if (!release.ok) return release
  const commit = await forge.commitOfTag(repository.value, tag)
  if (!commit.ok && !isAbsent(commit.failure)) return commit
  return { ok: true, value: { hasRelease: release.value, commit: commit.ok ? commit.value : null } }
}

const isAbsent = ({ kind }: ForgeFailure) => kind === 'gone'

/** Null where it stands as it was last known to. */
function newsOf(
  { forgeRelease: known, origin, releaseLook }: RolloutState,
  tag: string,
  { hasRelease, commit }: Shown,
  now: number,
): ForgeReleaseFact | null {
  const before = known ?? { standing: 'there', commit: origin?.commit ?? null }
  const isMissed = !hasRelease && (releaseLook.seen || before.standing === 'deleted')
  const standing = isMissed ? 'deleted' : 'there'
  // No commit was known, so none has moved.
  const isMoved = before.commit !== null && before.commit !== commit
  if (before.standing === standing && !isMoved) return null
  return { standing, tag, commit, observedAt: Math.max(now, (known?.observedAt ?? 0) + 1) }
}
