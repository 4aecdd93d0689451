import type { CommandBody } from '../../rollout/deciding/command.ts'
import { decide } from '../../rollout/deciding/decide.ts'
import type { Decision } from '../../rollout/deciding/decision.ts'
import type { RolloutEvent, RolloutId } from '../../rollout/history/event.ts'
import { evolve } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Who } from './who.ts'

/** Decides commands one on top of the other; the first refusal refuses them all. */
export function decideChain(
  id: RolloutId,
  state: RolloutState | null,
  bodies: readonly CommandBody[],
  base: Who & { readonly at: number },
): Decision {
  const events: RolloutEvent[] = []
  let next = state
  for (const body of bodies) {
    const decided = decide({ ...body, ...base }, next)
    if (!decided.ok) return decided
    for (const event of decided.events) next = evolve(id, next, event)
    events.push(...decided.events)
  }
  return { ok: true, events }
}
