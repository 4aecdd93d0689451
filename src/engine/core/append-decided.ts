import type { AppendBatch, AppendOutcome, Claim } from '../../ports/event-store.ts'
import { CHAIN_START, chainEvents } from '../../rollout/history/chain.ts'
import type { RecordedEvent, RolloutEvent, RolloutId } from '../../rollout/history/event.ts'
import { evolve } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { announce } from './announce.ts'
import type { Asked, EngineCore } from './engine-core.ts'
import { sha256Hex } from './hashes.ts'
import { catchUp } from './load-rollouts.ts'
import { messageOf } from './log.ts'

const byTime: Asked = {
  bodies: [{ type: 'tick', freeze: null, files: [] }],
  who: { actor: { kind: 'system' }, reason: '' },
}

/** New events of one rollout, decided on `state` (null: it does not exist yet). */
export interface Decided {
  readonly id: RolloutId
  readonly state: RolloutState | null
  readonly events: readonly RolloutEvent[]
}

/**
 * Chains and appends what was decided, all or nothing, then shows it to memory and listeners. False when
 * another process was faster: the streams are then read again, so that the caller can decide anew. `asked`: what led to it,
 * absent: the passing of time. Must run in a turn.
 */
export async function appendDecided(
  core: EngineCore,
  decided: readonly Decided[],
  claims: readonly Claim[],
  asked: Asked = byTime,
): Promise<boolean> {
  const chained = decided.map(({ id, state, events }) => ({
    id,
    state,
    events: chainEvents(sha256Hex, state?.head ?? CHAIN_START, events),
  }))
  const batch: AppendBatch = {
    streams: chained.map(({ id, state, events }) => ({
      stream: id,
      expectedVersion: state?.version ?? 0,
      events,
    })),
    claims,
  }
  const outcome = await appendOrShow(core, batch, asked)
  if (!outcome.ok) {
    core.parts.log.info('somebody else was faster, deciding again', outcome.conflict)
    await catchUp(core)
    return false
  }
  const [first] = outcome.events
  const last = outcome.events.at(-1)
  // Only without a gap: what lies in between is another process's and was not read yet.
  if (first?.position === core.position.seen + 1 && last !== undefined) core.position.seen = last.position
  show(core, chained)
  return true
}

/** Stored, or (for what takes away alone) to be stored: a full disk must not keep a bad release in people's way. */
async function appendOrShow(core: EngineCore, batch: AppendBatch, asked: Asked): Promise<AppendOutcome> {
  try {
    return await core.parts.events.append(batch)
  } catch (error) {
    const [only, ...others] = batch.streams
    const takesBack = only?.events.some(({ type }) => takingBack.has(type)) === true
    if (only === undefined || others.length > 0 || !takesBack) throw error
    const what = `it is taken back, and that could not be written yet (${messageOf(error)})`
    core.unwritten.set(only.stream, { batch, asked })
    core.parts.damage.note({ kind: 'unwritten', stream: only.stream, position: null, what })
    return { ok: true, events: [] }
  }
}

const takingBack: ReadonlySet<string> = new Set(['rolled-back', 'blocked', 'lowered'])

interface Chained {
  readonly id: RolloutId
  readonly state: RolloutState | null
  readonly events: readonly RecordedEvent[]
}

function show(core: EngineCore, chained: readonly Chained[]): void {
  // First all of memory, then the listeners: who listens sees one batch as one step.
  const changes = chained.map(({ id, state, events }) => ({ state: fold(core, id, state, events), events }))
  for (const { state } of changes) core.memory.put(state)
  for (const change of changes) announce(core, change)
}

function fold(
  core: Pick<EngineCore, 'sharePolicy'>,
  id: RolloutId,
  state: RolloutState | null,
  events: readonly RecordedEvent[],
): RolloutState {
  let next = state
  for (const event of events) next = evolve(id, next, core.sharePolicy(event))
  if (next === null) throw new Error(`nothing was decided for ${id}`)
  return next
}
