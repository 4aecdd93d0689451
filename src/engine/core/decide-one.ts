import type { CommandBody } from '../../rollout/deciding/command.ts'
import { decide } from '../../rollout/deciding/decide.ts'
import type { Decision } from '../../rollout/deciding/decision.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { EngineCore } from './engine-core.ts'
import { filesToSeal, fillCommand } from './fill-command.ts'
import type { Who } from './who.ts'

/** Decides one command with what the engine fills in, without storing anything. */
export async function decideOne(
  core: Pick<EngineCore, 'memory' | 'parts' | 'unwatched'>,
  state: RolloutState,
  body: CommandBody,
  who: Who,
  at: number,
): Promise<Decision> {
  const filled = await fillCommand(core, body, state, at, who.actor)
  const decided = decide({ ...filled, at, ...who }, state)
  const isSealed = state.sealedFiles !== null && Object.keys(state.boarding).length === 0
  if (filled.type !== 'tick' || !decided.ok || decided.events.length === 0 || isSealed) return decided
  // Most ticks change nothing; only one that does may leave stage 0, and then it must know the files.
  return decide({ ...filled, files: await filesToSeal(core, state), at, ...who }, state)
}
