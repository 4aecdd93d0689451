import { base32 } from '../../cohort/base32.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import { runCommands } from '../core/run-command.ts'
import type { Who } from '../core/who.ts'
import { countRun } from './count-run.ts'
import type { MachineRun } from './machine-run.ts'

/**
 * Counts a machine's test as an ordinary run under the arm that its key was assigned to, whatever it has
 * installed. Like a busy repository, a machine that reports often has one vote.
 */
export async function recordMachineRun(
  core: EngineCore,
  id: RolloutId,
  { key, failed }: MachineRun,
  who: Who,
): Promise<EngineOutcome> {
  const state = core.memory.get(id)
  if (state === null) return runCommands(core, id, [], who)
  const cluster = `m-${base32(core.hmac(`machine v1\0${key}`))}`
  const fact = countRun(state, { key, cluster, failed, young: false }, core.parts.clock.now())
  if (fact === null) return { ok: true, state, changed: false }
  return runCommands(core, id, [{ type: 'recordExposure', fact }], who)
}
