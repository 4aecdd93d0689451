import { hash } from 'node:crypto'
import type { Assumptions } from './assumptions.ts'
import type { Treatment } from './play-state.ts'
import { type ReleaseRecord, simulateRelease } from './simulate-release.ts'

/** A run of worlds under some treatments: all that decides what comes of them. */
export interface Simulation {
  readonly seed: number
  readonly releases: number
  readonly assumed: Assumptions
  readonly treatments: readonly Treatment[]
}

/** Some worlds of a simulation, by number: `from` inclusive, `to` exclusive. */
export interface Chunk {
  readonly simulation: Simulation
  readonly from: number
  readonly to: number
}

/** Simulates a part, on this thread. What comes of a world does not depend on how the whole is cut. */
export function simulateChunk({ simulation, from, to }: Chunk): readonly ReleaseRecord[] {
  const { seed, assumed, treatments } = simulation
  return Array.from({ length: to - from }, (_, index) =>
    simulateRelease(seed, from + index, assumed, treatments, sha256),
  )
}

function sha256(text: string): Uint8Array {
  return hash('sha256', text, 'buffer')
}
