import type { AppliedEffect } from '../../ports/effect-log.ts'
import { effectsWanted } from '../../rollout/effects/effects-wanted.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { mayDispatch, renewBudgets } from '../canaries/dispatch-budget.ts'
import type { Nonces } from '../canaries/nonces.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { sha256Hex } from '../core/hashes.ts'
import { messageOf } from '../core/log.ts'
import { newestFirst } from '../starting/known-packages.ts'
import { applyEffect, drifted, type EffectMemory, type EffectPass, isOutstanding } from './effect-pass.ts'

/** Compares wanted with applied effects and applies the difference; at most one pass per rollout at a time. */
export interface Reconciler {
  /** Resolves when a whole pass that began after the call is through. */
  now(id: RolloutId): Promise<void>
  /** The same for every rollout, a few at a time. */
  all(): Promise<void>
  /** The same as `now` for some time soon; nobody waits. */
  soon(id: RolloutId): void
  /**
   * Compares every rollout that is open or ended lately, a few at a time, so that requests get through. Nobody
   * has to wait; a sweep that is still running is not joined by another.
   */
  sweep(): Promise<void>
  /** Rollouts with an effect whose next attempt is due. */
  due(at: number): readonly RolloutId[]
  /** What the log says under a key was changed from outside of a pass. */
  noted(id: RolloutId, applied: AppliedEffect): void
  /** Begins nothing new; resolves when nothing is under way any more. */
  close(): Promise<void>
}

interface Flight {
  /** A pass is wanted that begins after the running one. */
  again: boolean
  running: Promise<void>
}

/** Passes in a row before the rest waits for the next tick: each may apply what the one before brought about. */
const passesAtMost = 20

const withoutEffector: Reconciler = {
  now: async () => {},
  soon: () => {},
  all: async () => {},
  sweep: async () => {},
  due: () => [],
  noted: () => {},
  close: async () => {},
}

export function createReconciler(core: EngineCore, nonces: Nonces): Reconciler {
  const flights = new Map<RolloutId, Flight>()
  const memories = new Map<RolloutId, EffectMemory>()
  const { effector } = core.parts
  if (effector === null) return withoutEffector

  let closed = false
  let sweeping: Promise<void> | null = null

  function ask(id: RolloutId): Promise<void> {
    if (closed || core.parts.works?.() === false) return flights.get(id)?.running ?? Promise.resolve()
    const flying = flights.get(id)
    if (flying !== undefined) {
      flying.again = true
      return flying.running
    }
    const flight: Flight = { again: false, running: Promise.resolve() }
    flights.set(id, flight)
    flight.running = fly(id, flight).finally(() => flights.delete(id))
    return flight.running
  }

  async function fly(id: RolloutId, flight: Flight): Promise<void> {
    for (let passes = 0; passes < passesAtMost && !closed; passes += 1) {
      flight.again = false
      try {
        const memory = memories.get(id) ?? (await loadMemory(core, id))
        memories.set(id, memory)
        await new Promise((resolve) => setImmediate(resolve))
        const settled = await passOver(
          { core, effector: effector as EffectPass['effector'], nonces, memory },
          id,
        )
        if (!settled || flight.again) continue
        // What has ended and is told is not looked at again but by a sweep; the log has it then.
        if (memory.backOff.size === 0 && core.memory.get(id)?.end !== null) memories.delete(id)
        return
      } catch (error) {
        core.parts.log.error('reconciling failed; tried again later', { rollout: id, why: messageOf(error) })
        return
      }
    }
    if (!closed)
      core.parts.log.warn('reconciling does not settle; going on at the next tick', { rollout: id })
  }

  return {
    now: ask,
    soon: (id) => void ask(id),
    all: () => sweepOver(core.memory.awake(), ask),
    sweep: () => {
      sweeping ??= sweepOver(openOrRecent(core), ask).finally(() => {
        sweeping = null
      })
      return sweeping
    },
    due: (at) => dueOf(memories, at),
    noted: (id, applied) => {
      memories.get(id)?.applied.set(applied.key, applied)
      void ask(id)
    },
    close: async () => {
      closed = true
      await sweeping
      await Promise.all([...flights.values()].map((flight) => flight.running))
    },
  }
}

function dueOf(memories: ReadonlyMap<RolloutId, EffectMemory>, at: number): readonly RolloutId[] {
  return [...memories.entries()]
    .filter(([, { backOff }]) => [...backOff.values()].some(({ notBefore }) => notBefore <= at))
    .map(([id]) => id)
}

/** Passes of a sweep at the same time. */
const sweepersAtMost = 4

async function sweepOver(
  states: readonly RolloutState[],
  ask: (id: RolloutId) => Promise<void>,
): Promise<void> {
  const work = states.values()
  const sweeper = async () => {
    for (const { id } of work) await ask(id)
  }
  await Promise.all(Array.from({ length: sweepersAtMost }, sweeper))
}

function openOrRecent(core: EngineCore): readonly RolloutState[] {
  const since = core.parts.clock.now() - core.parts.settings.sweepEndedMs
  return core.memory.awake().filter(({ end }) => end === null || end.at >= since)
}

async function loadMemory(core: EngineCore, id: RolloutId): Promise<EffectMemory> {
  const applied = await core.parts.effects.list(`${id}/`)
  return {
    applied: new Map(applied.map((one) => [one.key, one])),
    backOff: new Map(),
    begun: new Set(),
    unsure: new Set(),
    dispatchedAt: [],
    unstored: new Map(),
  }
}

/**
 * The tracking issue of a live rollout is put right once a day without being asked to: a webhook that told of
 * somebody's edit may have been lost.
 */
function forgetOld({ core, memory }: EffectPass): void {
  const before = core.parts.clock.now() - core.parts.settings.driftMs
  for (const applied of memory.applied.values()) {
    if (applied.at > before || applied.key.split('/')[1] !== 'tracking-issue') continue
    if (applied.digest !== drifted) memory.applied.set(applied.key, { ...applied, digest: drifted })
  }
}

/**
 * One after the other: later effects may need what earlier ones made, as comments need their issue. False
 * when the list has grown old: after a transition the rest may be unwanted, and after any new fact a standing
 * effect would show what is no longer so and be applied twice.
 */
async function passOver(pass: EffectPass, id: RolloutId): Promise<boolean> {
  const { core, memory } = pass
  const state = core.memory.get(id)
  // What is not written is not told: should the process die, it was never so.
  if (state === null || core.broken.has(id) || core.unwritten.has(id)) return true
  await renewBudgets(core, state)
  if (state.end === null) forgetOld(pass)
  const world = newestFirst(core.memory, state)
  for (const effect of effectsWanted(state, core.parts.clock.now(), sha256Hex, world)) {
    if (!isOutstanding(effect, memory.applied.get(effect.key))) continue
    const current = core.memory.get(id) ?? state
    if (core.unwritten.has(id)) return true
    if (current.transitions.length !== state.transitions.length) return false
    if (effect.mode === 'standing' && current.version !== state.version) return false
    if (effect.kind === 'dispatch' && !(await mayDispatch(pass, current, effect))) continue
    await applyEffect(pass, current, effect)
  }
  return true
}
