import type { Floor } from './floors.ts'
import type { Standing } from './standing.ts'

/** What a rollout is told of the others when it is ticked or advanced; the events it causes carry what counts of it. */
export interface Surroundings {
  readonly standing: Standing
  /** Share that an older live rollout of the line came to through its own gates, basis points; 0: none. */
  readonly reached: number
  /** The same, of those that it is like; absent: none. */
  readonly reachedAlike?: number
  /** How far what it cannot do without lets it go; absent: as far as it likes. */
  readonly floor?: Floor
}

/** Nothing else of its packages is live. */
export const alone: Surroundings = { standing: { kind: 'leads' }, reached: 0 }
