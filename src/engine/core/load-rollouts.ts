import type { StoredEvent } from '../../ports/event-store.ts'
import { CHAIN_START, chainEvents } from '../../rollout/history/chain.ts'
import type { RecordedEvent, RolloutId } from '../../rollout/history/event.ts'
import { createReplay } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { announce } from './announce.ts'
import type { EngineCore } from './engine-core.ts'
import { sha256Hex } from './hashes.ts'
import { messageOf } from './log.ts'
import type { SharePolicy } from './share-policy.ts'

const eventsPerRead = 2000

/** A history as far as it was read: what it folds to, and why the rest of it does not count. */
interface Folded {
  readonly state: RolloutState | null
  readonly head: string
  readonly count: number
  readonly broken: string | null
}

const nothing: Folded = { state: null, head: CHAIN_START, count: 0, broken: null }

/**
 * Replays every stream into memory, in the order in which rollouts were reserved. Each event is checked and
 * folded as it is read, so that the whole log is never in memory at once.
 */
export async function loadRollouts(core: EngineCore): Promise<void> {
  const streams = new Map<RolloutId, Folded>()
  const foldOn = createFoldOn(core.sharePolicy)
  const end = await readNew(core, ({ stream, event }) => {
    streams.set(stream, foldOn(stream, streams.get(stream) ?? nothing, event))
  })
  for (const [id, folded] of streams) take(core, id, folded)
  core.position.seen = end
}

/** Reads what other processes wrote since, and tells listeners what they missed. */
export async function catchUp(core: EngineCore): Promise<void> {
  const changed = new Set<RolloutId>()
  const end = await readNew(core, ({ stream, version }) => {
    if (version >= (core.memory.get(stream)?.version ?? 0)) changed.add(stream)
  })
  for (const id of changed) {
    const known = core.memory.get(id)?.version ?? 0
    const events = (await core.parts.events.read(id)).map((stored) => stored.event)
    const foldOn = createFoldOn(core.sharePolicy)
    take(
      core,
      id,
      events.reduce((folded, event) => foldOn(id, folded, event), nothing),
    )
    const state = core.memory.get(id)
    if (state !== null && events.length > known) announce(core, { state, events: events.slice(known) })
  }
  // Last, so that a failure in between reads them again.
  core.position.seen = Math.max(core.position.seen, end)
}

async function readNew(core: EngineCore, take: (stored: StoredEvent) => void): Promise<number> {
  let position = core.position.seen
  for (;;) {
    const page = await core.parts.events.readAll(position, eventsPerRead)
    const last = page.at(-1)
    if (last === undefined) return position
    for (const stored of page) take(stored)
    position = last.position
  }
}

type FoldOn = (id: RolloutId, before: Folded, event: RecordedEvent) => Folded

/** One event further: checked against the chain, then folded as far as it makes sense. */
function createFoldOn(share: SharePolicy): FoldOn {
  const further = createReplay()
  return (id, before, event) => {
    const { state, head, count } = before
    const { hash, previous, ...body } = event
    const [again] = chainEvents(sha256Hex, head, [body])
    const broken =
      before.broken ??
      (previous !== head ? `event ${count} does not follow the one before it` : null) ??
      (again?.hash !== hash ? `event ${count} does not match its hash` : null)
    const next = { head: hash, count: count + 1 }
    try {
      return { ...next, state: further(id, state, share(event)), broken }
    } catch (error) {
      return { ...next, state, broken: broken ?? messageOf(error) }
    }
  }
}

function take(core: EngineCore, id: RolloutId, { state, broken }: Folded): void {
  if (broken === null) core.broken.delete(id)
  else markBroken(core, id, broken)
  if (state !== null) core.memory.put(broken === null ? state : withoutExposure(state))
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
