import type { ReadEvent } from '../../ports/event-store.ts'
import { CHAIN_START, chainEvents } from '../../rollout/history/chain.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { createReplay } from '../../rollout/history/evolve.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { isPacked } from '../past/pack-rollouts.ts'
import { readableEvents } from '../past/readable-events.ts'
import { announce } from './announce.ts'
import type { EngineCore } from './engine-core.ts'
import { sha256Hex } from './hashes.ts'
import { messageOf } from './log.ts'
import type { SharePolicy } from './share-policy.ts'

const eventsPerRead = 500
/** A live rollout has some ten or twenty events. */
const streamsPerRead = 50

/** A history as far as it was read: what it folds to, and why the rest of it does not count. */
interface Folded {
  readonly state: RolloutState | null
  readonly head: string
  readonly count: number
  /** Position of its first event. */
  readonly first: number
  readonly broken: { readonly what: string; readonly position: number | null } | null
}

const nothing: Folded = { state: null, head: CHAIN_START, count: 0, first: 0, broken: null }

/**
 * Puts what was retired into memory as it was packed, and replays every other stream, in the order in which
 * rollouts were reserved. Each event is checked and folded as it is read, so that the whole log is never in
 * memory at once; requests get a turn in between.
 */
export async function loadRollouts(core: EngineCore): Promise<void> {
  const { archive, events } = core.parts
  const folding = createFolding(core.sharePolicy)
  if (archive === null) {
    core.position.seen = await readOn(0, (after) => events.readAll(after, eventsPerRead), folding.add)
    takeAll(core, folding)
    return
  }
  const end = await archive.lastPosition()
  const counted = await archive.openStreams()
  await thaw(core)
  const open = [...counted.keys()]
  for (let start = 0; start < open.length; start += streamsPerRead) {
    for (const stored of await archive.readStreams(open.slice(start, start + streamsPerRead))) {
      folding.add(stored)
    }
    await giveTurn()
  }
  takeAll(core, folding)
  for (const [id, count] of counted) {
    const found = folding.folded.get(id)
    if ((found?.count ?? 0) >= count || core.broken.has(id)) continue
    const what = `events ${found?.count ?? 0} to ${count - 1} are gone`
    markBroken(core, id, { what, position: null })
    if (found?.state) core.memory.put(withoutExposure(found.state, what))
  }
  core.position.seen = end
}

/** What was packed. What cannot be unpacked is read from its events: they are all still there. */
async function thaw(core: EngineCore): Promise<void> {
  for (const entry of (await core.parts.archive?.all()) ?? []) {
    if (isPacked(entry.body)) {
      core.cold.put(entry)
      continue
    }
    const what = 'the packed rollouts of this package are not what was written; their events are read instead'
    core.parts.damage.note({ kind: 'archive', stream: entry.package, position: null, what })
    for (const { id } of entry.rollouts) await reload(core, id)
  }
}

interface Folding {
  readonly folded: ReadonlyMap<RolloutId, Folded>
  add(stored: ReadEvent): void
}

/** Many streams at once; the events of each come in their order. */
function createFolding(share: SharePolicy): Folding {
  const folded = new Map<RolloutId, Folded>()
  const foldOn = createFoldOn(share)
  return {
    folded,
    add(stored) {
      const before = folded.get(stored.stream) ?? { ...nothing, first: stored.position }
      folded.set(stored.stream, foldOn(stored.stream, before, stored))
    },
  }
}

function takeAll(core: EngineCore, { folded }: Folding): void {
  for (const [id, one] of [...folded].sort(([, a], [, b]) => a.first - b.first)) take(core, id, one)
}

/** Reads what other processes wrote since, and tells listeners what they missed. */
export async function catchUp(core: EngineCore): Promise<void> {
  const changed = new Set<RolloutId>()
  const end = await readOn(
    core.position.seen,
    (after) => core.parts.events.readAll(after, eventsPerRead),
    ({ stream, version }) => {
      if (version >= (core.memory.get(stream)?.version ?? 0)) changed.add(stream)
    },
  )
  for (const id of changed) {
    const known = core.memory.get(id)?.version ?? 0
    const events = await reload(core, id)
    const state = core.memory.get(id)
    if (state !== null && events.length > known) {
      announce(core, { state, events: readableEvents(events.slice(known)) })
    }
  }
  // Last, so that a failure in between reads them again.
  core.position.seen = Math.max(core.position.seen, end)
}

/** One stream from its events, whatever was known of it; listeners are told all of it. */
export async function readAnew(core: EngineCore, id: RolloutId): Promise<void> {
  const events = await reload(core, id)
  const state = core.memory.get(id)
  if (state !== null) announce(core, { state, events: readableEvents(events) })
}

/** One stream from its events, whatever was known of it. */
async function reload(core: EngineCore, id: RolloutId): Promise<readonly ReadEvent[]> {
  const events = await core.parts.events.read(id)
  const foldOn = createFoldOn(core.sharePolicy)
  const folded = events.reduce((before, stored) => foldOn(id, before, stored), nothing)
  take(core, id, folded)
  return events
}

async function readOn(
  after: number,
  read: (after: number) => Promise<readonly ReadEvent[]>,
  take: (stored: ReadEvent) => void,
): Promise<number> {
  let position = after
  for (;;) {
    const page = await read(position)
    const last = page.at(-1)
    if (last === undefined) return position
    for (const stored of page) take(stored)
    position = last.position
    if (page.length === eventsPerRead) await giveTurn()
  }
}

/** An embedded database answers without waiting for anything, so nobody else would get a turn. */
async function giveTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

type FoldOn = (id: RolloutId, before: Folded, stored: ReadEvent) => Folded

/** One event further: checked against the chain, then folded as far as it makes sense. */
function createFoldOn(share: SharePolicy): FoldOn {
  const further = createReplay()
  return (id, before, stored) => {
    const { state, head, count, first } = before
    const at = (what: string) => ({ what, position: stored.position })
    if (stored.event === null) {
      const broken = before.broken ?? at(`event ${stored.version}: ${stored.damage}`)
      return { ...before, count: count + 1, broken }
    }
    const { hash, previous, ...body } = stored.event
    const [again] = chainEvents(sha256Hex, head, [body])
    const broken =
      before.broken ??
      (previous !== head ? at(`event ${count} does not follow the one before it`) : null) ??
      (again?.hash !== hash ? at(`event ${count} does not match its hash`) : null)
    const next = { head: hash, count: count + 1, first }
    // What comes after damage stands on something unknown.
    if (broken !== null) return { ...next, state, broken }
    try {
      return { ...next, state: further(id, state, share(stored.event)), broken }
    } catch (error) {
      return { ...next, state, broken: at(messageOf(error)) }
    }
  }
}

function take(core: EngineCore, id: RolloutId, { state, broken }: Folded): void {
  // What is shown already and not written yet is newer than what is stored.
  if (core.unwritten.has(id)) return
  if (broken !== null) markBroken(core, id, broken)
  else if (core.broken.delete(id)) core.parts.damage.mend('event', id)
  if (state !== null) core.memory.put(broken === null ? state : withoutExposure(state, broken.what))
}

/**
 * A history that cannot be trusted must not show a candidate to anybody: it is held, and in memory counts as over, so
 * that nothing goes on with it. (A started release without a baseline stays visible, because there is nothing to show
 * instead.) What had ended without exposure stays as it is.
 */
export function withoutExposure(state: RolloutState, why: string): RolloutState {
  if (state.end !== null && state.end.kind !== 'completed') return state
  const end = { at: state.progressAt, direct: false, automatic: false, supersededBy: null, regressions: [] }
  return { ...state, unread: why, end: { ...end, kind: 'abandoned' } }
}

function markBroken(
  core: EngineCore,
  id: RolloutId,
  { what, position }: NonNullable<Folded['broken']>,
): void {
  core.broken.set(id, what)
  core.parts.damage.note({ kind: 'event', stream: id, position, what })
  core.parts.log.error('the history of a rollout is not whole; it is shown to nobody', {
    rollout: id,
    position,
    why: what,
  })
}
