import { type Log, messageOf } from '../../engine/core/log.ts'
import type { EvidenceGatherer } from '../../engine/roles/evidence-gatherer.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { ReachFact } from '../../gates/reach-fact.ts'
import type { Clock } from '../../ports/clock.ts'
import { basisPointsOf, isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { MeasuredShare, ShareMeter } from './share-meter.ts'

interface TellingParts {
  readonly engine: Pick<EvidenceGatherer, 'noteReach'> & Pick<RolloutReader, 'find'>
  readonly clock: Clock
  readonly log: Log
}

/** How often counts are looked at, and how long what was told stays: an issue is edited for each change. */
const lookMs = 60_000
const toldMs = 60 * 60_000

/**
 * A meter that tells rollouts when what it counts begins to say something else of their percent. Requests drive it: where
 * nobody asks there is nothing new.
 */
export function tellingReach(meter: ShareMeter, { engine, clock, log }: TellingParts): ShareMeter {
  let looked = clock.now()
  const look = async () => {
    for (const [id, share] of meter.all()) {
      const state = engine.find(id)
      const fact = state === null ? null : newReach(state, share, clock.now())
      if (fact !== null) await engine.noteReach(id, fact)
    }
  }
  const inTime = () => {
    if (clock.now() - looked < lookMs) return
    looked = clock.now()
    look().catch((error: unknown) =>
      log.warn('measured shares could not be told', { error: messageOf(error) }),
    )
  }
  return {
    ...meter,
    count: (views, shown, counts) => {
      meter.count(views, shown, counts)
      inTime()
    },
    countFile: (id, version) => {
      meter.countFile(id, version)
      inTime()
    },
  }
}

/** What a rollout does not know yet; null where that is nothing, or it was told something less than an hour ago. */
function newReach(state: RolloutState, share: MeasuredShare, now: number): ReachFact | null {
  const { reach, requests, got } = share
  const basisPoints = Math.round(share.stated * 100)
  if (!isLive(state) || reach === null || basisPoints !== basisPointsOf(state)) return null
  const known = state.reach?.basisPoints === basisPoints ? state.reach : null
  if ((known?.reach ?? 'as-stated') === reach) return null
  if (known !== null && now - known.at < toldMs) return null
  return { basisPoints, reach, requests, got, at: Math.max(now, (state.reach?.at ?? 0) + 1) }
}
