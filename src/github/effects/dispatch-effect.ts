import type { DispatchFact, RosterEntry } from '../../gates/evidence.ts'
import type { EffectContext, EffectOutcome } from '../../ports/effector.ts'
import type { Forged, ForgeFailure, Repository, RepositoryReader, WorkflowRunner } from '../../ports/forge.ts'
import type { Effect } from '../../rollout/effects/effect.ts'
import type { Signal } from '../../rollout/history/event.ts'
import { canaryTask, registryTask } from '../../rollout/starting/canary-request.ts'
import { findTrouble } from '../words/dispatch-trouble.ts'

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>

/** Failures that time can heal are tried again; the others are for good and are recorded. */
export function isFinal(failure: ForgeFailure): boolean {
  return failure.kind !== 'limited' && failure.kind !== 'broken'
}

/** A failed effect without facts. Whatever GitHub refuses now it may take later: it is not for good. */
export function failed(failure: ForgeFailure): EffectOutcome {
  return { ok: false, failure, final: false, signals: [] }
}

/** A failure of our own finding, for good. */
export function impossible(message: string): EffectOutcome {
  const failure = { kind: 'invalid', message, retryAt: null } as const
  return { ok: false, failure, final: true, signals: [] }
}

/** A repository by the name it had, checked against its id; when it was renamed or replaced, by the id. */
export async function findRepository(
  forge: RepositoryReader,
  id: string,
  name: string,
): Promise<Forged<Repository>> {
  const named = await forge.repository(name)
  if (named.ok && named.value.id === id) return named
  if (!named.ok && named.failure.kind !== 'gone') return named
  return forge.repository(id)
}

/** A branch that is not there may only have another name by now: the run is started on what is the default one now. */
async function onNewBranch<T>(
  forge: RepositoryReader,
  { id, repo }: RosterEntry,
  known: Repository | null,
  started: Forged<T> & { readonly ok: false },
  start: (repository: Repository) => Promise<Forged<T>>,
): Promise<Forged<T>> {
  if (started.failure.kind !== 'invalid') return started
  const found = await findRepository(forge, id, repo)
  if (!found.ok || found.value.defaultBranch === known?.defaultBranch) return started
  return start(found.value)
}

/**
 * Starts a canary's workflow for one try. The run that GitHub names comes back as a `dispatched` signal. A start
 * that is refused for good comes back as the state of the canary, which can be tested again when that changes.
 * What time can heal is left to the next pass.
 */
export async function applyDispatch(
  forge: RepositoryReader & WorkflowRunner,
  publicUrl: string | null,
  effect: EffectOf<'dispatch'>,
  context: EffectContext,
): Promise<EffectOutcome> {
  const entry = context.state.canaries[effect.canary]?.entry
  if (entry === undefined) return impossible(`there is no canary ${effect.canary} on the roster`)
  const dispatched = (fact: Pick<DispatchFact, 'runId' | 'url' | 'failure'>): Signal => ({
    kind: 'dispatched',
    canary: effect.canary,
    try: effect.try,
    dispatch: { arm: effect.arm, at: context.now, ...fact },
  })
  const refused = async (failure: ForgeFailure): Promise<EffectOutcome> => {
    if (!isFinal(failure)) return failed(failure)
    const { state, message } = await findTrouble(forge, failure, entry.id, entry.workflow)
    const condition = {
      kind: 'canary-state',
      canary: effect.canary,
      state,
      at: context.now,
      message,
    } as const
    return { ok: false, failure, final: false, signals: [condition] }
  }

  const nonce = context.nonce(effect.canary, effect.try)
  const attempt = { canary: effect.canary, try: effect.try, arm: effect.arm, nonce }
  const task =
    publicUrl === null ? registryTask(context.state, attempt) : canaryTask(context.state, attempt, publicUrl)
  const input = JSON.stringify(task)
  // One run per arm shares the nonce, so the word that tells two unaided runs apart is nonce and arm.
  const marker = effect.arm === 'both' ? nonce : `${nonce} ${effect.arm}`
  const start = (repository: Repository) =>
    forge.dispatch(
      repository,
      entry.workflow,
      entry.ref ?? repository.defaultBranch,
      { slipway: input },
      marker,
    )
  // Known from its last look at what it offers; only what is not found there is looked for.
  let repository = context.repository
  let started = repository === null ? null : await start(repository)
  if (started === null || (!started.ok && ['gone', 'forbidden'].includes(started.failure.kind))) {
    const found = await findRepository(forge, entry.id, entry.repo)
    if (!found.ok) return refused(found.failure)
    const moved = repository === null || repository.fullName !== found.value.fullName
    if (moved || started === null) started = await start(found.value)
    repository = found.value
  }
  if (!started.ok && entry.ref === null) started = await onNewBranch(forge, entry, repository, started, start)
  if (!started.ok) return refused(started.failure)
  const { runId, url } = started.value
  return {
    ok: true,
    place: { repositoryId: entry.id, repository: repository?.fullName ?? entry.repo, runId, url },
    signals: [
      dispatched({ runId, url, failure: null }),
      ...(repository?.private === true && !entry.private
        ? [{ kind: 'canary-private', canary: entry.id } as const]
        : []),
    ],
  }
}
