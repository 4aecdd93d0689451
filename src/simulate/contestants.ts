import { defaultPolicy, profileStages } from '../config/policy/profiles.ts'
import type { Policy, Stage, StageGates } from '../gates/policy.ts'
import { HOUR_MS, MINUTE_MS } from './durations.ts'
import type { Treatment } from './play-state.ts'

/** A way to release that is tried on every world. */
export interface Contestant extends Treatment {
  readonly name: string
}

/** What other ways to release do with the same worlds. */
export function alternatives(): readonly Contestant[] {
  const everybody = ladder([[100, 0]], 0, {})
  const canaries = profileStages('standard')[0]?.gates.canaries
  if (canaries === undefined) throw new Error('the standard profile asks canaries')
  const tenths = Array.from({ length: 10 }, (_, index) => [(index + 1) * 10, 6 * HOUR_MS] as const)
  return [
    { name: 'publish to all', policy: everybody, fixedCooldownMs: 0 },
    { name: 'cool-down 1 day', policy: everybody, fixedCooldownMs: 24 * HOUR_MS },
    { name: 'cool-down 7 days', policy: everybody, fixedCooldownMs: 7 * 24 * HOUR_MS },
    { name: '+10 % every 6 h', policy: ladder(tenths, 0, {}), fixedCooldownMs: 0 },
    {
      name: 'canaries only',
      policy: ladder([[100, 0]], 15 * MINUTE_MS, { canaries }),
      fixedCooldownMs: 0,
    },
  ]
}

function ladder(
  rungs: readonly (readonly [percent: number, bakeMs: number])[],
  stagedBakeMs: number,
  gates: StageGates,
): Policy {
  const stages: Stage[] = [[0, stagedBakeMs] as const, ...rungs].map(([percent, bakeMs]) => ({
    name: `${percent} %`,
    basisPoints: percent * 100,
    bakeMs,
    groups: [],
    gates: percent === 100 ? {} : gates,
  }))
  return { ...defaultPolicy(), profile: 'custom', stages }
}
