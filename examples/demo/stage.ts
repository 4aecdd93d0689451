import type { World } from './github-world.ts'
import type { Slipway } from './start-slipway.ts'

export interface StoryOptions {
  /** Repairs the buggy lines of 1.2.0, which must then reach everybody. */
  readonly good: boolean
  /** Replaces the dependents' tests by ones that miss the bug, which must then pass too. */
  readonly blindTest: boolean
  readonly keep: boolean
  /** Shorter bakes and fewer keys, for tests of the demo itself. */
  readonly quick: boolean
  readonly python: boolean
  readonly picture: string
  /** Where to write what was measured, as JSON. */
  readonly report: string | null
}

/** What every act needs. */
export interface Stage {
  readonly folder: string
  readonly slipway: Slipway
  readonly world: World
  readonly python: boolean
  readonly options: StoryOptions
  /** The maintainer's publish token. */
  readonly token: string
}
