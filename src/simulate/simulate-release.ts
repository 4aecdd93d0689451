import type { Sha256 } from '../cohort/bucket.ts'
import type { Assumptions } from './assumptions.ts'
import { type Played, playRollout } from './play-rollout.ts'
import type { Treatment } from './play-state.ts'
import { reachedUsers } from './population.ts'
import { drawWorld, HORIZON_MS, type World } from './world.ts'

/** What became of one release under one treatment; plain numbers, so that threads can hand it over. */
export interface Outcome {
  /** From the release until everybody was offered it, in ms; null: within 30 days never. */
  readonly toAllMs: number | null
  /** From the release until it was taken back, in ms; null: never. */
  readonly takenBackMs: number | null
  readonly takenBackBy: 'evidence' | 'person' | null
  /** Users who had installed it by then, of all users. */
  readonly exposed: number
  /** Those of them whom it broke. */
  readonly broken: number
  /** Users who had installed it, at each of `CURVE_HOURS`; empty for good releases. */
  readonly curve: readonly number[]
  readonly actions: number
}

/** One world under every treatment, in their order. */
export interface ReleaseRecord {
  readonly bad: boolean
  readonly outcomes: readonly Outcome[]
}

/** Draws world `number` and tries every treatment on it. */
export function simulateRelease(
  seed: number,
  number: number,
  assumed: Assumptions,
  treatments: readonly Treatment[],
  sha256: Sha256,
): ReleaseRecord {
  const world = drawWorld(seed, number, assumed, sha256)
  const outcomes = treatments.map((treatment) => outcomeOf(world, playRollout(world, treatment, sha256)))
  return { bad: world.bad, outcomes }
}

function outcomeOf(world: World, { showing, offeredToAllAt, takenBackBy, actions }: Played): Outcome {
  const since = (at: number | null): number | null => (at === null ? null : at - world.releasedAt)
  // What good releases reach is of no concern, and most releases are good.
  const reached = world.bad
    ? reachedUsers(world.users, showing, world.releasedAt + HORIZON_MS)
    : { exposed: 0, broken: 0, curve: [] }
  return {
    toAllMs: since(offeredToAllAt),
    takenBackMs: since(showing.takenBackAt),
    takenBackBy,
    ...reached,
    actions,
  }
}
