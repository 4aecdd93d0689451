import { decide } from '../../rollout/deciding/decide.ts'
import { staleLooks } from '../../rollout/deciding/stale-looks.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { currentFreeze, surroundingsOf } from '../core/fill-command.ts'
import { catchUp } from '../core/load-rollouts.ts'
import { messageOf } from '../core/log.ts'
import { writeUnwritten } from '../core/write-unwritten.ts'
import type { Reconciler } from '../effects/reconcile.ts'
import { retireEnded } from '../past/retire-ended.ts'
import { type Gatherer, overdueRuns } from '../runs/gather.ts'
import type { UploadStarter } from '../starting/begin-uploaded.ts'
import { createMarker } from '../time/leave-mark.ts'
import { tickRollouts } from './tick-rollouts.ts'

export interface TickParts {
  readonly core: EngineCore
  readonly uploads: UploadStarter
  readonly gatherer: Gatherer
  readonly reconciler: Reconciler
}

const longestStretchMs = 4

const system = { actor: { kind: 'system' }, reason: '' } as const

/** One pass over everything that is due by time. A failure of one rollout does not stop the others. */
export function createTick(parts: TickParts): () => Promise<void> {
  const { core, uploads, gatherer, reconciler } = parts
  const { clock, settings } = core.parts
  let lastSweep = Number.NEGATIVE_INFINITY
  const leaveMark = createMarker(core)

  async function safely(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      core.parts.log.error(`${what} failed; tried again at the next tick`, { why: messageOf(error) })
    }
  }

  return async () => {
    if (core.unwritten.size > 0)
      await safely('writing what is shown', () => core.turns(() => writeUnwritten(core)))
    // One query: what another process over the same storage did meanwhile.
    await safely('following the log', () => core.turns(() => catchUp(core)))
    if (core.parts.works?.() === false) return
    await safely('settling uploads', () => uploads.startSettled())
    // Nobody waits for the forge here: a sweep over all repositories takes its time.
    void safely('asking repositories', () => core.offers.due())
    const late: RolloutState[] = []
    const due: RolloutId[] = []
    const breathe = createBreather()
    for (const state of [...core.memory.open(), ...core.memory.searching()]) {
      await breathe()
      if ((!isLive(state) && state.searching.length === 0) || core.broken.has(state.id)) continue
      if (overdueRuns(state, clock.now()).length > 0) late.push(state)
      else if (isDue(core, state)) due.push(state.id)
    }
    await tickRollouts(core, due)
    await safely('gathering', () => gatherer.gatherDue())
    for (const state of late) {
      // Asked once before the silence counts: the webhook of a run that did finish may have been lost.
      await safely('gathering', () => gatherer.gatherOverdue(state))
      await tickRollouts(core, [state.id])
    }
    await safely('leaving a mark of the time', leaveMark)
    for (const id of reconciler.due(clock.now())) reconciler.soon(id)
    if (clock.now() - lastSweep >= settings.sweepMs) {
      lastSweep = clock.now()
      void reconciler.sweep()
      await safely('retiring', () => retireEnded(core))
    }
  }
}

/** Most of a tick is arithmetic; with many rollouts it must let requests through in between. */
function createBreather(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < longestStretchMs) return
    await new Promise((resolve) => setImmediate(resolve))
    since = performance.now()
  }
}

/** Most ticks change nothing, and that is found out here without a turn in the queue. */
function isDue(core: EngineCore, state: RolloutState): boolean {
  const at = core.parts.clock.now()
  const freeze = currentFreeze(core.memory, state, at)
  const unseen = isLive(state) ? staleLooks(state, at) : []
  const surroundings = surroundingsOf(core.memory, state)
  const unwatched = core.unwatched.span
  const peek = decide(
    { type: 'tick', freeze, unseen, unwatched, surroundings, files: [], at, ...system },
    state,
  )
  return !peek.ok || peek.events.length > 0
}
