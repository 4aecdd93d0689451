import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { CommitCheck, CommitMarker, Forged, RepositoryReader } from '../../ports/forge.ts'
import type { Signal } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type EffectOf, findRepository, impossible } from '../effects/dispatch-effect.ts'

/** The longest link to a check that is kept. */
const longestUrl = 1000

/**
 * Reads the checks that a gate requires and says which of them have changed: what is known already is no news,
 * and other checks of the commit are nobody's business here.
 */
export async function readChecks(
  forge: RepositoryReader & CommitMarker,
  state: RolloutState,
  names: readonly string[],
  now: number,
): Promise<Forged<readonly Signal[]>> {
  const { origin } = state
  if (origin === null || origin.commit === null) return { ok: true, value: [] }
  const repository = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!repository.ok) return repository
  const read = await forge.checksOf(repository.value, origin.commit)
  if (!read.ok) return read
  const news = read.value.filter((check) => names.includes(check.name) && isNews(check, state))
  return { ok: true, value: news.map((check) => ({ kind: 'check', check: factOf(check, now) })) }
}

/** The effect of it. A missing permission can be given, so no failure is for good; each is told once. */
export async function applyReadChecks(
  forge: RepositoryReader & CommitMarker,
  effect: EffectOf<'read-checks'>,
  { state, now }: EffectContext,
): Promise<EffectOutcome> {
  if (state.origin === null) return impossible('there is no repository to read checks in')
  const read = await readChecks(forge, state, effect.names, now)
  if (read.ok) {
    const signals: readonly Signal[] = [...read.value, { kind: 'checks-read', at: now }]
    return { ok: true, place: { changed: read.value.length }, signals }
  }
  const { message } = read.failure
  const known = state.checkSearch.failure?.message === message
  const signals: readonly Signal[] = known ? [] : [{ kind: 'checks-read-failed', at: now, message }]
  return { ok: false, failure: read.failure, final: false, signals }
}

function isNews(check: CommitCheck, { checks }: RolloutState): boolean {
  const known = ownEntry(checks, check.name)
  return known === undefined || known.state !== check.state || known.url !== urlOf(check)
}

function factOf(check: CommitCheck, observedAt: number) {
  return { name: check.name, state: check.state, url: urlOf(check), observedAt }
}

/** Only what people may be led to. */
function urlOf({ url }: CommitCheck): string | null {
  return url !== null && /^https?:\/\/\S+$/.test(url) && url.length <= longestUrl ? url : null
}
