import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { Decision } from '../../rollout/deciding/decision.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { RolloutEvent, RolloutId } from '../../rollout/history/event.ts'
import { evolve } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { appendDecided } from './append-decided.ts'
import { decideOne } from './decide-one.ts'
import { type EngineCore, refuseBroken } from './engine-core.ts'
import type { EngineOutcome } from './engine-outcome.ts'
import { catchUp } from './load-rollouts.ts'
import { tellSiblings } from './tell-siblings.ts'
import type { Who } from './who.ts'

const system: Actor = { kind: 'system' }
const facts: ReadonlySet<CommandBody['type']> = new Set(['recordResult', 'recordSignal', 'recordExposure'])
const emptyTick = { type: 'tick', freeze: null, files: [] } as const

/**
 * Runs commands on one rollout as one: all of them or none, in one append, with the tick behind them when
 * one records a fact. Decides anew a bounded number of times when another process was faster.
 */
export function runCommands(
  core: EngineCore,
  id: RolloutId,
  bodies: readonly CommandBody[],
  who: Who,
): Promise<EngineOutcome> {
  return core.turns(() => decideAndAppend(core, id, bodies, who))
}

/** The same in a turn that runs already. */
export async function decideAndAppend(
  core: EngineCore,
  id: RolloutId,
  bodies: readonly CommandBody[],
  who: Who,
): Promise<EngineOutcome> {
  for (let attempt = 0; attempt < core.parts.settings.appendAttempts; attempt += 1) {
    const state = core.memory.get(id)
    if (state === null) return { ok: false, refusal: unknownRollout(id) }
    const refusal = refuseBroken(core, id)
    if (refusal !== null) return { ok: false, refusal }
    const decided = await decideAll(core, state, bodies, who)
    if (!decided.ok || decided.events.length === 0) {
      // A no and a nothing-to-do are told to somebody, so they must not rest on what was so a while ago.
      await catchUp(core)
      if (core.memory.get(id)?.version !== state.version) continue
      return decided.ok ? { ok: true, state, changed: false } : decided
    }
    if (await appendDecided(core, [{ id, state, events: decided.events }], [], { bodies, who })) {
      await tellSiblings(core, id, decided.events)
      return { ok: true, state: core.memory.get(id) ?? state, changed: true }
    }
  }
  return { ok: false, refusal: tooBusy(id) }
}

async function decideAll(
  core: EngineCore,
  state: RolloutState,
  bodies: readonly CommandBody[],
  who: Who,
): Promise<Decision> {
  const at = core.parts.clock.now()
  const events: RolloutEvent[] = []
  let next = state
  for (const body of bodies) {
    const decided = await decideOne(core, next, body, who, at)
    if (!decided.ok) return decided
    for (const event of decided.events) next = evolve(state.id, next, event)
    events.push(...decided.events)
  }
  if (events.length > 0 && bodies.some((body) => facts.has(body.type))) {
    const ticked = await decideOne(core, next, emptyTick, { actor: system, reason: '' }, at)
    if (ticked.ok) events.push(...ticked.events)
  }
  return { ok: true, events }
}

function unknownRollout(id: RolloutId): Refusal {
  return refuse(
    'unknown',
    'There is no such rollout.',
    'rollout',
    id,
    'the id of a rollout or of its release',
  )
}

export function tooBusy(id: RolloutId): Refusal {
  return refuse('conflict', 'Others changed it at the same time.', 'rollout', id, 'the same command again')
}
