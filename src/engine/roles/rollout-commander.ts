import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { EngineOutcome } from '../core/engine-outcome.ts'
import type { Who } from '../core/who.ts'

/** Commands rollouts. */
export interface RolloutCommander {
  /**
   * Runs one command on one rollout and, for facts, the tick in the same transaction. `seal` data and freeze
   * are filled in by the engine where a command carries them (`files: []`, `freeze: null` are fine).
   */
  run(id: RolloutId, command: CommandBody, who: Who): Promise<EngineOutcome>
}
