import type { ReachFact } from '../../gates/reach-fact.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'

const system = { actor: { kind: 'system' }, reason: '' } as const

/** Tells a rollout what is counted beside its stated percent. It moves nothing: people read it. */
export async function noteReach(core: EngineCore, id: RolloutId, reach: ReachFact): Promise<void> {
  await runCommands(core, id, [{ type: 'recordSignal', signal: { kind: 'reach', reach } }], system)
}
