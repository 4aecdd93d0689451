import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { ForgeFailure, IssueKeeper, RepositoryReader } from '../../ports/forge.ts'
import type { Signal } from '../../rollout/history/event.ts'
import { type EffectOf, findRepository, impossible } from './dispatch-effect.ts'

/**
 * Looks up the issues that were open before the rollout began: webhooks tell of later changes only. Every one
 * comes back as a `blocker`, and at last the labels that were looked up, so that half an answer counts as
 * none. A look that fails says why, once for each reason, and is made again.
 */
export async function applyFindBlockers(
  forge: RepositoryReader & IssueKeeper,
  effect: EffectOf<'find-blockers'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const { origin } = context.state
  if (origin === null) return impossible('there is no repository to look for blockers in')
  const repository = await findRepository(forge, origin.repositoryId, origin.repository)
  if (!repository.ok) return notNow(repository.failure, context)
  const signals: Signal[] = []
  for (const label of effect.labels) {
    const open = await forge.openIssues(repository.value, label)
    if (!open.ok) return notNow(open.failure, context)
    for (const { number, title, labels, updatedAt } of open.value) {
      const issue = `${repository.value.fullName}#${number}`
      const key = `${repository.value.id}#${number}`
      signals.push({
        kind: 'blocker',
        blocker: { issue, key, title, labels, open: true, observedAt: updatedAt },
      })
    }
  }
  signals.push({ kind: 'blockers-searched', labels: effect.labels })
  return { ok: true, place: { found: signals.length - 1 }, signals }
}

/** A missing permission or installation can be given back, so no failure is for good. */
function notNow(failure: ForgeFailure, { state, now }: EffectContext): EffectOutcome {
  const { message } = failure
  const known = state.blockerSearch.failure?.message === message
  const signals: readonly Signal[] = known ? [] : [{ kind: 'blocker-search-failed', at: now, message }]
  return { ok: false, failure, final: false, signals }
}
