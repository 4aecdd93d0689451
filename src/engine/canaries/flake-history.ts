import type { ArmResult, RosterEntry } from '../../gates/evidence.ts'
import type { Flakiness } from '../../gates/statistics/flake-model.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { ownEntry } from '../../versions/own-entry.ts'

/** How far back a canary's runs tell how flaky it is: what was repaired long ago is forgotten. */
const rememberedMs = 90 * 24 * 60 * 60 * 1000

/**
 * The roster with what each canary's own history says: the runs of its baseline arm in all rollouts, where one leg
 * ran the same commit with the same versions more than once. Runs next to each other in time are a pair; a pair
 * whose outcomes differ is a flip.
 */
export function withFlakiness(
  roster: readonly RosterEntry[],
  rollouts: readonly RolloutState[],
  now: number,
): readonly RosterEntry[] {
  return roster.map((entry) => {
    const flakiness = flakinessOf(entry.id, rollouts, now)
    return flakiness.pairs === 0 ? entry : { ...entry, flakiness }
  })
}

function flakinessOf(canary: string, rollouts: readonly RolloutState[], now: number): Flakiness {
  const alike = new Map<string, ArmResult[]>()
  for (const { canaries } of rollouts) {
    for (const { legs } of Object.values(ownEntry(canaries, canary)?.tries ?? {})) {
      for (const [leg, { baseline }] of Object.entries(legs)) {
        if (baseline === undefined || !counts(baseline, now)) continue
        const key = JSON.stringify([leg, baseline.commit, baseline.installed])
        const runs = alike.get(key) ?? []
        runs.push(baseline)
        alike.set(key, runs)
      }
    }
  }
  let pairs = 0
  let flips = 0
  for (const runs of alike.values()) {
    runs.sort((left, right) => left.observedAt - right.observedAt || left.runId - right.runId)
    for (const [index, run] of runs.entries()) {
      const before = runs[index - 1]
      if (before === undefined) continue
      pairs += 1
      if (before.outcome !== run.outcome) flips += 1
    }
  }
  return { pairs, flips }
}

/** Only an answer about known code with a known version says something. */
function counts({ outcome, commit, installed, observedAt }: ArmResult, now: number): boolean {
  const answered = outcome === 'pass' || outcome === 'fail'
  return answered && commit !== null && installed.length > 0 && observedAt > now - rememberedMs
}
