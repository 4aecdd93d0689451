import type { StoredEvent } from '../ports/event-store.ts'
import { verifyChain } from '../rollout/chain.ts'
import type { RecordedEvent, RolloutId } from '../rollout/event.ts'
import { evolve } from '../rollout/evolve.ts'
import type { RolloutState } from '../rollout/state.ts'
import { announce } from './announce.ts'
import type { EngineCore } from './engine-core.ts'
import { sha256Hex } from './hashes.ts'
import { messageOf } from './log.ts'

const eventsPerRead = 5000

/** Replays every stream into memory, in the order in which rollouts were reserved. */
export async function loadRollouts(core: EngineCore): Promise<void> {
  const streams = new Map<RolloutId, RecordedEvent[]>()
  for await (const { stream, event } of newEvents(core)) {
    const events = streams.get(stream)
    if (events === undefined) streams.set(stream, [event])
    else events.push(event)
  }
  for (const [id, events] of streams) take(core, id, events)
}

/** Reads what other processes wrote since, and tells listeners what they missed. */
export async function catchUp(core: EngineCore): Promise<void> {
  const changed = new Set<RolloutId>()
  for await (const { stream, version } of newEvents(core)) {
    if (version >= (core.memory.get(stream)?.version ?? 0)) changed.add(stream)
  }
  for (const id of changed) {
    const known = core.memory.get(id)?.version ?? 0
    const events = (await core.parts.events.read(id)).map((stored) => stored.event)
    take(core, id, events)
    const state = core.memory.get(id)
    if (state !== null && events.length > known) announce(core, { state, events: events.slice(known) })
  }
}

async function* newEvents(core: EngineCore): AsyncGenerator<StoredEvent> {
  for (;;) {
    const page = await core.parts.events.readAll(core.position.seen, eventsPerRead)
    const last = page.at(-1)
    if (last === undefined) return
    yield* page
    core.position.seen = last.position
  }
}

function take(core: EngineCore, id: RolloutId, events: readonly RecordedEvent[]): void {
  const checked = verifyChain(sha256Hex, events)
  const { state, why } = foldWhatFits(id, events)
  const broken = checked.ok ? why : checked.message
  if (broken === null) core.broken.delete(id)
  else markBroken(core, id, broken)
  if (state !== null) core.memory.put(broken === null ? state : withoutExposure(state))
}

/** The state after as many events as make sense, and why the rest does not. */
function foldWhatFits(
  id: RolloutId,
  events: readonly RecordedEvent[],
): { readonly state: RolloutState | null; readonly why: string | null } {
  let state: RolloutState | null = null
  for (const event of events) {
    try {
      state = evolve(id, state, event)
    } catch (error) {
      return { state, why: messageOf(error) }
    }
  }
  return { state, why: null }
}

/**
 * A history that cannot be trusted must not show a candidate to anybody: in memory the rollout counts as
 * abandoned. (A started release without a baseline stays visible, because there is nothing to show instead.)
 */
function withoutExposure(state: RolloutState): RolloutState {
  const end = { at: state.progressAt, direct: false, automatic: false, supersededBy: null, regressions: [] }
  return { ...state, end: { ...end, kind: 'abandoned' } }
}

function markBroken(core: EngineCore, id: RolloutId, why: string): void {
  core.broken.set(id, why)
  core.parts.log.error('the history of a rollout is not whole; it is shown to nobody', { rollout: id, why })
}
