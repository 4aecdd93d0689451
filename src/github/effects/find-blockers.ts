import type { BlockerFact } from '../../gates/evidence.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, ForgeFailure, IssueKeeper, Repository, RepositoryReader } from '../../ports/forge.ts'
import type { Signal } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type EffectOf, findRepository, impossible } from './dispatch-effect.ts'

type Seen = BlockerFact & { readonly key: string }

/**
 * Looks up the issues that block: webhooks tell of most changes sooner, this look heals those that were lost. What is
 * news comes back as `blocker`, and at last that the labels were looked up, so that half an answer counts as none. A
 * look that fails says why, once for each reason, and is made again.
 */
export async function applyFindBlockers(
  forge: RepositoryReader & IssueKeeper,
  effect: EffectOf<'find-blockers'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const { state, now } = context
  const { origin } = state
  if (origin === null) return impossible('there is no repository to look for blockers in')
  const repository = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!repository.ok) return notNow(repository.failure, context)
  const open = await openBlockers(forge, repository.value, effect.labels, now)
  if (!open.ok) return notNow(open.failure, context)
  const left = await goneBlockers(forge, repository.value, state, open.value, now)
  if (!left.ok) return notNow(left.failure, context)
  const news = [...open.value.values(), ...left.value].filter((fact) => isNews(fact, state))
  const signals: readonly Signal[] = [
    ...news.map((blocker) => ({ kind: 'blocker', blocker }) as const),
    { kind: 'blockers-searched', labels: effect.labels, at: now },
  ]
  return { ok: true, place: { found: open.value.size }, signals }
}

/** By key. One issue may carry several of the labels. */
async function openBlockers(
  forge: IssueKeeper,
  repository: Repository,
  labels: readonly string[],
  seenAt: number,
): Promise<Forged<ReadonlyMap<string, Seen>>> {
  const found = new Map<string, Seen>()
  for (const label of labels) {
    const open = await forge.openIssues(repository, label)
    if (!open.ok) return open
    for (const issue of open.value) {
      const key = `${repository.id}#${issue.number}`
      found.set(key, factOf(repository, key, { ...issue, open: true }, seenAt))
    }
  }
  return { ok: true, value: found }
}

function factOf(
  repository: Repository,
  key: string,
  issue: Pick<Seen, 'title' | 'labels' | 'open'> & { readonly number: number; readonly updatedAt: number },
  seenAt: number,
): Seen {
  const { number, title, labels, open, updatedAt: observedAt } = issue
  return { issue: `${repository.fullName}#${number}`, key, title, labels, open, observedAt, seenAt }
}

/** What holds as far as is known and stands in no list any more: each is asked for by its number. */
async function goneBlockers(
  forge: IssueKeeper,
  repository: Repository,
  state: RolloutState,
  listed: ReadonlyMap<string, Seen>,
  seenAt: number,
): Promise<Forged<readonly Seen[]>> {
  const gone: Seen[] = []
  for (const [key, known] of Object.entries(state.blockers)) {
    const [id, number = ''] = key.split('#')
    if (!known.open || listed.has(key) || id !== repository.id) continue
    const issue = await forge.issue(repository, Number(number))
    if (issue.ok) gone.push(factOf(repository, key, { ...issue.value, number: Number(number) }, seenAt))
    else if (issue.failure.kind !== 'gone') return issue
    // Deleted, or moved to another repository: nobody can close it here any more.
    else gone.push({ ...known, key, open: false, observedAt: known.observedAt + 1, seenAt })
  }
  return { ok: true, value: gone }
}

function isNews(fact: Seen, { blockers }: RolloutState): boolean {
  const known = ownEntry(blockers, fact.key)
  if (known === undefined) return fact.open
  const same = known.open === fact.open && known.title === fact.title
  return !same || [...known.labels].sort().join('\n') !== [...fact.labels].sort().join('\n')
}

/** A missing permission or installation can be given back, so no failure is for good. */
function notNow(failure: ForgeFailure, { state, now }: EffectContext): EffectOutcome {
  const { message } = failure
  const known = state.blockerSearch.failure?.message === message
  const signals: readonly Signal[] = known ? [] : [{ kind: 'blocker-search-failed', at: now, message }]
  return { ok: false, failure, final: false, signals }
}
