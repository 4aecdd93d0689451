import type { Exposure } from './exposure.ts'

/**
 * The exposure that speaks for each version: a version that several rollouts carry is a full release when one of them
 * says so, else it is what the newest live one says, else the newest.
 */
export function exposuresInForce(exposures: readonly Exposure[]): ReadonlyMap<string, Exposure> {
  const inForce = new Map<string, Exposure>()
  for (const exposure of exposures) {
    const known = inForce.get(exposure.version)
    if (known === undefined || speaksBefore(exposure, known)) inForce.set(exposure.version, exposure)
  }
  return inForce
}

function speaksBefore(exposure: Exposure, known: Exposure): boolean {
  if (known.full || exposure.full) return exposure.full && !known.full
  return exposure.live && !known.live
}
