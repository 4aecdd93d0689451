import type { AppliedEffect } from '../../ports/effect-log.ts'
import type { EffectOutcome, Effector } from '../../ports/effector.ts'
import type { Repository } from '../../ports/forge.ts'
import type { Effect } from '../../rollout/effects/effect.ts'
import { explain } from '../../rollout/explaining/explain.ts'
import type { RolloutId, Signal } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { Nonces } from '../canaries/nonces.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { repositoryKey } from '../core/hashes.ts'
import { messageOf } from '../core/log.ts'
import { runCommands } from '../core/run-command.ts'
import { clusterOf } from '../runs/natural-runs.ts'
import { newestFirst } from '../starting/known-packages.ts'

/** What the log says under the key of a once effect. */
const pending = 'pending'
const done = 'done'
const givenUp = 'given-up'
/** It was tried and certainly did not happen, or it is no longer there. */
export const again = 'again'
/** A standing effect that somebody changed since it was applied, or that is being changed: what it shows is not known. */
export const drifted = 'drifted'

/** What a pass over one rollout remembers between passes; lost with the process, which is fine. */
export interface EffectMemory {
  /** Applied effects by key, as the log has them. */
  readonly applied: Map<string, AppliedEffect>
  /** Failed attempts and when the next one is due, by key. */
  readonly backOff: Map<string, { readonly attempts: number; readonly notBefore: number }>
  /** Dispatches that this process began itself. */
  readonly begun: Set<string>
  /** Those among them of which an attempt had no answer: whether a run was started, nobody knows. */
  readonly unsure: Set<string>
  /** When this process started runs lately, oldest first. */
  readonly dispatchedAt: number[]
  /** What came of effects that could not be stored yet: it is stored later, not brought about again. */
  readonly unstored: Map<string, EffectOutcome & { readonly ok: true }>
}

export interface EffectPass {
  readonly core: EngineCore
  readonly effector: Effector
  readonly nonces: Nonces
  readonly memory: EffectMemory
}

const firstWaitMs = 5_000
const longestWaitMs = 15 * 60_000
/** What is suspended, archived, locked, moved or refused for a while is told later rather than lost. */
const refusedWaitMs = 30 * 60_000

/** Whether an effect is still to be applied, by what the log says under its key. */
export function isOutstanding(effect: Effect, applied: AppliedEffect | undefined): boolean {
  if (applied === undefined) return true
  if (effect.mode === 'standing') return applied.digest !== effect.digest
  return applied.digest === pending || applied.digest === again
}

/**
 * Applies one outstanding effect. All but dispatches search for their own marker before they post, so they
 * are recorded afterwards: a crash in between repeats them without harm. A dispatch starts somebody's
 * workflow and cannot be found again for certain, so it is noted as begun first; a process that finds such a
 * note of another one does not dispatch, it records a run of unknown number and lets report, webhook or
 * deadline speak. So a crash at any point costs at most one try and never starts a run twice.
 */
export async function applyEffect(pass: EffectPass, state: RolloutState, effect: Effect): Promise<void> {
  const { core, memory } = pass
  const now = core.parts.clock.now()
  if ((memory.backOff.get(effect.key)?.notBefore ?? 0) > now) return
  const applied = await lastApplied(pass, effect)
  if (!isOutstanding(effect, applied ?? undefined)) return
  const unstored = memory.unstored.get(effect.key)
  if (effect.kind === 'dispatch' && unstored === undefined) {
    if (applied?.digest === pending && !memory.begun.has(effect.key)) {
      await settleUnknownDispatch(pass, effect, applied)
      return
    }
    memory.begun.add(effect.key)
    if (applied?.digest !== pending) await note(pass, effect.key, pending, {})
  }
  // Whether it happened is not known until it is answered: should the old text be wanted again, it is told again.
  if (effect.mode === 'standing' && applied !== null && applied.digest !== drifted)
    await note(pass, effect.key, drifted, applied.place)
  const outcome = unstored ?? (await attempt(pass, state, effect, applied))
  if (outcome.ok) {
    if (effect.mode === 'once') memory.unstored.set(effect.key, outcome)
    // Signals before the log: a crash in between repeats facts, which changes nothing.
    await recordSignals(pass, effect.rollout, outcome.signals)
    await note(pass, effect.key, effect.mode === 'standing' ? effect.digest : done, outcome.place)
    memory.unstored.delete(effect.key)
    memory.backOff.delete(effect.key)
    return
  }
  await failed(pass, effect, outcome)
}

/** A dispatch is looked up in the log itself: another process over the same storage may have begun it by now. */
async function lastApplied(pass: EffectPass, effect: Effect): Promise<AppliedEffect | null> {
  const { core, memory } = pass
  const known = memory.applied.get(effect.key) ?? null
  if (effect.kind !== 'dispatch' || memory.begun.has(effect.key)) return known
  const stored = await core.parts.effects.get(effect.key)
  if (stored !== null) memory.applied.set(effect.key, stored)
  return stored
}

async function attempt(
  pass: EffectPass,
  state: RolloutState,
  effect: Effect,
  applied: AppliedEffect | null,
): Promise<EffectOutcome> {
  const { core, effector, memory, nonces } = pass
  const now = core.parts.clock.now()
  try {
    return await effector.apply(effect, {
      state,
      explanation: explain(state, now, null, undefined, newestFirst(core.memory, state)),
      applied,
      siblings: [...memory.applied.values()].filter((other) => other.key !== effect.key),
      repository: effect.kind === 'dispatch' ? await lastSeen(core, effect.canary) : null,
      nonce: (canary, tryNumber) => nonces.nonceOf(state.id, canary, tryNumber),
      clusterOf: (repositoryId) => clusterOf(core.hmac, state.id, repositoryKey(core.hmac, repositoryId)),
      now,
    })
  } catch (error) {
    core.parts.log.error('an effect threw', { key: effect.key, why: messageOf(error) })
    const failure = { kind: 'broken', message: messageOf(error), retryAt: null } as const
    return { ok: false, failure, final: false, signals: [] }
  }
}

/** The repository of a canary as it was when its offers were last read. */
async function lastSeen(core: EngineCore, canary: string): Promise<Repository | null> {
  return (await core.parts.offers.get(canary, 'file'))?.repository ?? null
}

async function failed(
  pass: EffectPass,
  effect: Effect,
  outcome: EffectOutcome & { ok: false },
): Promise<void> {
  const { core, memory } = pass
  const { failure } = outcome
  // A failure that names its time is a limit, and limits end; others are tried a bounded number of times.
  const limited = failure.retryAt !== null
  const attempts = (memory.backOff.get(effect.key)?.attempts ?? 0) + (limited ? 0 : 1)
  // Gates wait for these, so they are tried until they work or nobody waits any more.
  const lasting = limited || ['dispatch', 'find-blockers', 'read-checks'].includes(effect.kind)
  const spent = !lasting && attempts >= core.parts.settings.tellAttempts
  core.parts.log.warn('an effect failed', { key: effect.key, attempts, why: failure.message })
  // Only `broken` leaves it open whether the forge did it, and no later refusal answers that.
  if (effect.kind === 'dispatch' && failure.kind === 'broken') memory.unsure.add(effect.key)
  const unsure = memory.unsure.has(effect.key)
  await recordSignals(pass, effect.rollout, outcome.signals)
  if (outcome.signals.some(({ kind }) => kind === 'canary-state')) {
    // Not wanted while the canary is in that state; to be done when it is in another one.
    memory.backOff.delete(effect.key)
    if (unsure) return
    memory.begun.delete(effect.key)
    await note(pass, effect.key, again, {})
    return
  }
  const refused = failure.kind !== 'limited' && failure.kind !== 'broken'
  const toldLater = !lasting && effect.kind !== 'dispatch' && refused
  if (outcome.final || (toldLater ? isLongOver(pass, effect.rollout) : spent)) {
    await giveUp(pass, effect, outcome)
    return
  }
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.max(attempts - 1, 0))
  const notBefore = failure.retryAt ?? core.parts.clock.now() + (toldLater ? refusedWaitMs : waitMs)
  memory.backOff.set(effect.key, { attempts, notBefore })
  if (effect.kind === 'dispatch' && !unsure) await note(pass, effect.key, again, {})
}

/** Nobody waits to hear of a rollout for ever. */
function isLongOver({ core }: EffectPass, id: RolloutId): boolean {
  const end = core.memory.get(id)?.end ?? null
  return end !== null && end.at < core.parts.clock.now() - core.parts.settings.sweepEndedMs
}

/** For good: the log remembers it, for a standing effect until it should show something else. */
async function giveUp(
  pass: EffectPass,
  effect: Effect,
  outcome: EffectOutcome & { ok: false },
): Promise<void> {
  pass.memory.backOff.delete(effect.key)
  if (effect.kind === 'dispatch' && outcome.signals.length === 0) {
    const failure = outcome.failure.message
    await recordSignals(pass, effect.rollout, [dispatchSignal(effect, pass.core.parts.clock.now(), failure)])
  }
  const place = pass.memory.applied.get(effect.key)?.place ?? {}
  await note(pass, effect.key, effect.mode === 'standing' ? effect.digest : givenUp, place)
}

async function settleUnknownDispatch(
  pass: EffectPass,
  effect: Effect & { kind: 'dispatch' },
  applied: AppliedEffect,
): Promise<void> {
  pass.core.parts.log.warn('a dispatch was begun by a process that ended; not repeated', { key: effect.key })
  await recordSignals(pass, effect.rollout, [dispatchSignal(effect, applied.at, null)])
  await note(pass, effect.key, done, {})
}

function dispatchSignal(effect: Effect & { kind: 'dispatch' }, at: number, failure: string | null): Signal {
  const dispatch = { arm: effect.arm, at, runId: null, url: null, failure }
  return { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch }
}

async function note(
  pass: EffectPass,
  key: string,
  digest: string,
  place: AppliedEffect['place'],
): Promise<void> {
  const applied = { key, digest, place, at: pass.core.parts.clock.now() }
  await pass.core.parts.effects.put(applied)
  pass.memory.applied.set(key, applied)
}

async function recordSignals(pass: EffectPass, id: RolloutId, signals: readonly Signal[]): Promise<void> {
  if (signals.length === 0) return
  const bodies = signals.map((signal) => ({ type: 'recordSignal', signal }) as const)
  const who = { actor: { kind: 'system' }, reason: '' } as const
  const outcome = await runCommands(pass.core, id, bodies, who)
  if (outcome.ok) return
  const { reason, message } = outcome.refusal
  // Lost races come right by trying again; what is wrong stays wrong and must not hold up other effects.
  if (reason === 'conflict') throw new Error(message)
  pass.core.parts.log.error('signals of an effect were refused', { rollout: id, why: message })
}
