import { bakeUntil } from '../../gates/kinds/bake.ts'
import type { LiveRollout } from '../history/phase.ts'
import { currentStage, gateFactsOf } from './evaluate.ts'

/**
 * When the rollout last moved: its last transition or newest result of an admitted canary. Read from the stored facts, not noted on
 * arrival, so that the order in which results arrive does not matter.
 */
export function lastProgressAt(state: LiveRollout): number {
  let last = state.progressAt
  for (const canary of Object.values(state.canaries)) {
    // Who was not admitted must not keep a rollout open either.
    if (canary.entry.admission === 'none') continue
    for (const facts of Object.values(canary.tries)) {
      for (const arms of Object.values(facts.legs)) {
        last = Math.max(last, arms.candidate?.observedAt ?? 0, arms.baseline?.observedAt ?? 0)
      }
    }
  }
  return last
}

/** Whether nothing has moved for the time that the policy names, if it names one. A bake that still runs is no standstill. */
export function isAbandoned(state: LiveRollout, now: number): boolean {
  const { abandonAfterMs } = state.policy
  if (abandonAfterMs === null) return false
  const baked = bakeUntil(currentStage(state), gateFactsOf(state))
  if (now < Math.max(state.progressAt, baked) + abandonAfterMs) return false
  return now >= Math.min(lastProgressAt(state), now) + abandonAfterMs
}
