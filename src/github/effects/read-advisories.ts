import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type {
  AdvisoryReader,
  Forged,
  ForgeFailure,
  NamedAdvisory,
  RepositoryReader,
} from '../../ports/forge.ts'
import { advisoryNews } from '../../rollout/effects/advisory-news.ts'
import type { Signal } from '../../rollout/history/event.ts'
import type { Advisory } from '../../versions/advisory.ts'
import { type EffectOf, findRepository, impossible, isFinal } from './dispatch-effect.ts'

/**
 * Reads what the owner's repository has published against its packages, and tells what is news: webhooks tell of it sooner,
 * this look heals those that were lost. Where the forge refuses to say, that is told, and no raise waits for it.
 */
export async function applyReadAdvisories(
  forge: RepositoryReader & AdvisoryReader,
  store: AdvisoryStore | null,
  effect: EffectOf<'read-advisories'>,
  { state, now }: EffectContext,
): Promise<EffectOutcome> {
  const { origin } = state
  if (origin === null) return impossible('there is no repository to read advisories in')
  const published = await read(forge, origin)
  if (!published.ok) return unread(published.failure, state, now)
  const signals: Signal[] = []
  for (const id of effect.packages) {
    const known = (await store?.advisoriesOf(id)) ?? []
    const own = published.value.found.filter((one) => one.package === id).map(({ advisory }) => advisory)
    const advisories = withOwn(known, own, published.value.fullName)
    if (JSON.stringify(advisories) !== JSON.stringify(known)) await store?.setAdvisories(id, advisories)
    signals.push(...advisoryNews(state, id, advisories, now))
  }
  return { ok: true, place: {}, signals: [...signals, { kind: 'advisories-read', at: now }] }
}

async function read(
  forge: RepositoryReader & AdvisoryReader,
  { repositoryId, repository: name }: { readonly repositoryId: string; readonly repository: string },
): Promise<Forged<{ readonly found: readonly NamedAdvisory[]; readonly fullName: string }>> {
  const repository = await findRepository(forge, repositoryId, name)
  if (!repository.ok) return repository
  const found = await forge.publishedAdvisories(repository.value)
  return found.ok ? { ok: true, value: { found: found.value, fullName: repository.value.fullName } } : found
}

/** Others may be set by operators, or come from elsewhere: only what this repository says of itself is replaced. */
function withOwn(
  known: readonly Advisory[],
  own: readonly Advisory[],
  fullName: string,
): readonly Advisory[] {
  const place = `/${fullName.toLowerCase()}/security/advisories/`
  const named = new Map(own.map((one) => [one.id, one]))
  const kept = known.flatMap((one) => {
    const again = named.get(one.id)
    named.delete(one.id)
    return again ?? (one.url?.toLowerCase().includes(place) === true ? [] : one)
  })
  return [...kept, ...named.values()]
}

function unread(
  failure: ForgeFailure,
  { advisorySearch }: EffectContext['state'],
  at: number,
): EffectOutcome {
  const { message } = failure
  const failed: Signal = { kind: 'advisories-read-failed', at, message }
  if (isFinal(failure)) return { ok: true, place: {}, signals: [failed, { kind: 'advisories-read', at }] }
  const known = advisorySearch.failure?.message === message
  return { ok: false, failure, final: false, signals: known ? [] : [failed] }
}
