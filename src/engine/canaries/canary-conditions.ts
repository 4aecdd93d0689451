import type { OfferRecord } from '../../ports/offer-store.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'
import type { Condition } from './condition.ts'

const fine: Condition = { state: 'ok', message: '' }
const system = { actor: { kind: 'system' }, reason: '' } as const

/** The App has no access any more. */
export const gone: Condition = {
  state: 'app-removed',
  message: 'the App is no longer installed there, or the repository is gone',
}

/** Its people do not want it any more. */
export const left: Condition = { state: 'left', message: 'its people left (/slipway leave)' }

/** What the file of a canary means for a rollout that has it on its roster. */
export function conditionOf(record: OfferRecord | null, state: RolloutState): Condition {
  if (record === null) return { state: 'config-broken', message: 'its .github/slipway.yml is gone' }
  if (record.left !== undefined) return left
  if (record.repository.archived === true) return { state: 'archived', message: 'the repository is archived' }
  if (record.problems !== null) {
    return { state: 'config-broken', message: 'its .github/slipway.yml cannot be read' }
  }
  const packages = state.members.map(({ candidate }) => packageIdOf(candidate))
  const offers = record.offers.filter((offer) => packages.includes(offer.package))
  const refused = offers.find((offer) => offer.refused !== undefined)?.refused
  if (refused !== undefined)
    return { state: 'workflow-refused', message: `its workflow is not started: ${refused}` }
  if (offers.length > 0) return fine
  return { state: 'config-broken', message: 'its .github/slipway.yml no longer offers to test this' }
}

/** Every live rollout with this canary learns its condition; canaries that came in by themselves need no file. */
export async function tellRollouts(
  core: EngineCore,
  repositoryId: string,
  condition: (state: RolloutState) => Condition,
): Promise<void> {
  for (const state of core.memory.withCanary(repositoryId)) {
    if (state.canaries[repositoryId]?.entry.mode === 'pull') continue
    await tellOne(core, state, repositoryId, condition(state))
  }
}

/** Records the condition of a canary unless it is the one that is known. */
export async function tellOne(
  core: EngineCore,
  state: RolloutState,
  canary: string,
  { state: condition, message }: Condition,
): Promise<void> {
  const known = state.canaries[canary]?.state ?? null
  if ((known?.state ?? 'ok') === condition && (known === null || known.message === message)) return
  // The last word wins, and of two at the same time the bad one: this one is later than the one it replaces.
  const at = Math.max(core.parts.clock.now(), (known?.at ?? 0) + 1)
  const signal = {
    kind: 'canary-state',
    canary,
    state: condition,
    at,
    message,
  } as const
  const outcome = await runCommands(core, state.id, [{ type: 'recordSignal', signal }], system)
  if (!outcome.ok) core.parts.log.warn('a canary state was refused', { why: outcome.refusal.message })
}

/** Every rollout that names this canary, ended ones too, learns that its repository is private: it is named nowhere any more. */
export async function tellPrivate(core: EngineCore, repositoryId: string): Promise<void> {
  for (const state of core.memory.everWithCanary(repositoryId)) {
    if (state.canaries[repositoryId]?.entry.private !== false) continue
    const signal = { kind: 'canary-private', canary: repositoryId } as const
    const outcome = await runCommands(core, state.id, [{ type: 'recordSignal', signal }], system)
    if (!outcome.ok) core.parts.log.warn('a canary state was refused', { why: outcome.refusal.message })
  }
}
