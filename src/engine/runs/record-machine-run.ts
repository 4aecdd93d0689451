import { base32 } from '../../cohort/base32.ts'
import type { ExposureFact } from '../../gates/exposure-fact.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { lateCluster, machinePrefix, mayTakeUp } from '../../rollout/fleet/fleet.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'
import { createTurns, type Turns } from '../core/turns.ts'
import type { Who } from '../core/who.ts'
import { countRun } from './count-run.ts'
import type { MachineAnswer, MachineRun } from './machine-run.ts'

export type MachineOutcome =
  | ({ readonly ok: true } & MachineAnswer)
  | { readonly ok: false; readonly refusal: Refusal }

/** Takes what machines of fleets say, one after the other: two that ask at once must not both be the first. */
export function createMachineRuns(core: EngineCore) {
  const turns = createTurns()
  return (id: RolloutId, run: MachineRun, who: Who): Promise<MachineOutcome> =>
    recordMachineRun(core, turns, id, run, who)
}

/**
 * Counts a machine's test as an ordinary run under the arm that its key was assigned to, whatever it has
 * installed. Like a busy repository, a machine that reports often has one vote; a failure is never left out.
 */
function recordMachineRun(
  core: EngineCore,
  turns: Turns,
  id: RolloutId,
  run: MachineRun,
  who: Who,
): Promise<MachineOutcome> {
  const cluster = `${machinePrefix}${base32(core.hmac(`machine v1\0${run.key}`))}`
  const asker = { cluster, failures: run.failures }
  return turns(async () => {
    const known = core.memory.get(id)
    const now = core.parts.clock.now()
    const answered = (state: RolloutState, changed: boolean): MachineOutcome => {
      return { ok: true, state, changed, takeUp: mayTakeUp(state.exposures, asker, now) }
    }
    // Who may not go ahead leaves no trace: a fleet asks often.
    const mayNot =
      known !== null && run.outcome === 'trying' && mayTakeUp(known.exposures, asker, now) !== 'yes'
    if (mayNot) return answered(known, false)
    const fact = known === null ? null : factOf(known, run, cluster, now)
    if (known !== null && fact === null) return answered(known, false)
    const body = fact === null ? [] : [{ type: 'recordExposure' as const, fact }]
    const outcome = await runCommands(core, id, body, who)
    return outcome.ok ? answered(outcome.state, outcome.changed) : outcome
  })
}

function factOf(state: RolloutState, run: MachineRun, cluster: string, now: number): ExposureFact | null {
  const { key, ring, outcome } = run
  const failed = outcome === 'trying' ? null : outcome === 'failure'
  const keyed = { key, cluster, failed, ring, young: false }
  const fact = countRun(state, keyed, now)
  if (fact !== null || failed !== true) return fact
  const late = countRun(state, { ...keyed, cluster: lateCluster(cluster) }, now)
  return late === null ? null : { ...late, drawn: false }
}
