import type { RolloutId } from '../../rollout/history/event.ts'
import { phaseOf } from '../../rollout/history/phase.ts'
import type { Phase, RolloutState } from '../../rollout/history/state.ts'
import type { RolloutMemory } from '../core/rollout-memory.ts'
import type { ColdRollouts } from './cold-rollouts.ts'

export interface RolloutPage {
  readonly items: readonly RolloutState[]
  /** The cursor of the next page; null after the last. */
  readonly next: string | null
}

export type ListedPhase = Phase | 'live'

/** What a list can be asked for by. */
export function isListedPhase(text: string): text is ListedPhase {
  return text === 'live' || Object.hasOwn(noPhases, text)
}

export function inPhase(state: RolloutState, phase: ListedPhase): boolean {
  if (phase === 'live') return state.end === null || state.unread !== null
  return phaseOf(state) === phase
}

/** Lists of rollouts, of which there may be hundreds of thousands: one page is unpacked, never all. */
export interface RolloutList {
  /** The newest first; `cursor` is null or the `next` of the page before; `phase`: only these, `live` what has not ended; null takes all; `of`: among these only. */
  page(request: {
    readonly cursor: string | null
    readonly limit: number
    readonly phase: ListedPhase | null
    readonly of?: readonly RolloutState[]
  }): RolloutPage
  counts(): Readonly<Record<Phase, number>>
}

export function createRolloutList(
  memory: Pick<RolloutMemory, 'awake' | 'get'>,
  cold: ColdRollouts,
): RolloutList {
  return {
    page({ cursor, limit, phase, of }) {
      const items: RolloutState[] = []
      let last: Place | null = null
      const from = cursor === null ? null : readCursor(cursor)
      const places = of === undefined ? newestFirst(memory, cold, phase) : sorted(of, phase)
      for (const place of places) {
        if (from !== null && !isBefore(place, from)) continue
        if (items.length === limit) return { items, next: last && writeCursor(last) }
        const state = memory.get(place.id)
        if (state === null) continue
        items.push(state)
        last = place
      }
      return { items, next: null }
    },
    counts() {
      const counts = { ...noPhases, ...cold.counts() }
      for (const state of memory.awake()) counts[phaseOf(state)] += 1
      return counts
    },
  }
}

interface Place {
  readonly id: RolloutId
  readonly reservedAt: number
}

function sorted(states: readonly RolloutState[], phase: ListedPhase | null): readonly Place[] {
  const wanted = states.filter((state) => phase === null || inPhase(state, phase))
  return wanted.sort((left, right) => (isBefore(left, right) ? 1 : -1))
}

/** Two lists in order, taken from their ends. */
function* newestFirst(
  memory: Pick<RolloutMemory, 'awake'>,
  cold: ColdRollouts,
  phase: ListedPhase | null,
): Generator<Place> {
  const awake = memory.awake().filter((state) => phase === null || inPhase(state, phase))
  awake.sort((left, right) => (isBefore(left, right) ? -1 : 1))
  const entries = cold.entries()
  let coldLeft = entries.length - 1
  for (;;) {
    while (coldLeft >= 0 && phase !== null && entries[coldLeft]?.end !== phase) coldLeft -= 1
    const one = awake.at(-1)
    const other = entries[coldLeft]
    if (one === undefined && other === undefined) return
    if (other === undefined || (one !== undefined && isBefore(other, one))) {
      awake.pop()
      if (one !== undefined) yield one
    } else {
      coldLeft -= 1
      yield other
    }
  }
}

function isBefore(left: Place, right: Place): boolean {
  return left.reservedAt === right.reservedAt ? left.id < right.id : left.reservedAt < right.reservedAt
}

function writeCursor({ id, reservedAt }: Place): string {
  return `${reservedAt}.${id}`
}

/** Whether a text can be the `next` of a page. */
export function isListCursor(text: string): boolean {
  return readCursor(text) !== null
}

/** What nobody made here begins at the top. */
function readCursor(text: string): Place | null {
  const [, reservedAt, id] = /^(\d{1,16})\.(ro-[a-z2-7]{16})$/.exec(text) ?? []
  return reservedAt === undefined || id === undefined ? null : { id, reservedAt: Number(reservedAt) }
}

const noPhases: Readonly<Record<Phase, number>> = {
  staged: 0,
  rolling: 0,
  held: 0,
  paused: 0,
  completed: 0,
  'rolled-back': 0,
  superseded: 0,
  abandoned: 0,
}
